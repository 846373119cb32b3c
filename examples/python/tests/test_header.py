"""The types that this package gives to C are those of the header."""

import ctypes
import re
import unittest

from .support import PROJECT

from imgferry import _structs, errors, images, log, progress, registry_results
from imgferry._prototypes import PROTOTYPES
from imgferry.config import TagOption

HEADER = re.sub(r"/\*.*?\*/", "", (PROJECT / "include/imgferry.h").read_text(), flags=re.DOTALL)

NUMBERS = {
    "size_t": ctypes.c_size_t,
    "int": ctypes.c_int,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
}
# The header's own names of numbers: typedef int32_t imgferry_status;
for number, name in re.findall(r"typedef (\w+) (\w+);", HEADER):
    if number in NUMBERS:
        NUMBERS[name] = NUMBERS[number]
CALLBACKS = re.findall(r"typedef (\w+) \(\*(\w+)\)\(([^)]*)\);", HEADER)
STRUCTS = dict(re.findall(r"typedef struct (\w+) \{(.*?)\}", HEADER, flags=re.DOTALL))
FUNCTIONS = {
    name: (result.strip(), arguments)
    for result, name, arguments in re.findall(r"^([\w *]+?)(imgferry_\w+)\(([^)]*)\);", HEADER, flags=re.MULTILINE)
}


def kind_of_c(declaration: str) -> object:
    """What a C type is for ctypes: a number, a text, or some pointer."""
    stars = declaration.count("*")
    word = re.sub(r"\b(const|struct)\b|\*", "", declaration).split()[0]
    if stars == 0:
        return "pointer" if word.endswith("_fn") else None if word == "void" else NUMBERS[word]
    if word == "char":
        return "text" if stars == 1 else "texts"
    if stars == 1 and word in NUMBERS and "const" not in declaration:
        return ("out", NUMBERS[word])
    return "out" if stars == 2 else "pointer"


def kind_of_ctypes(kind: object) -> object:
    """The same for a type of ctypes."""
    if kind is ctypes.c_char_p:
        return "text"
    if kind is ctypes.POINTER(ctypes.c_char_p):
        return "texts"
    if kind is ctypes.POINTER(ctypes.c_void_p):
        return "out"
    if kind is None or kind in NUMBERS.values():
        return kind
    pointed = getattr(kind, "_type_", None)
    return ("out", pointed) if pointed in NUMBERS.values() else "pointer"


def parameters(arguments: str) -> "list[str]":
    return [] if arguments.strip() == "void" else [each.strip() for each in arguments.split(",")]


def type_of(declaration: str) -> str:
    """The declaration of a parameter or field, without its name."""
    return re.sub(r"\w+$", "", declaration.strip())


class Header(unittest.TestCase):
    def test_the_header_was_read(self):
        self.assertGreater(len(FUNCTIONS), 300)
        self.assertGreater(len(STRUCTS), 15)
        self.assertGreater(len(CALLBACKS), 4)

    def test_each_function_has_the_types_of_the_header(self):
        for name, (result, arguments) in PROTOTYPES.items():
            with self.subTest(name):
                self.assertIn(name, FUNCTIONS)
                c_result, c_arguments = FUNCTIONS[name]
                self.assertEqual(kind_of_ctypes(result), kind_of_c(c_result))
                expected = [kind_of_c(type_of(each)) for each in parameters(c_arguments)]
                self.assertEqual([kind_of_ctypes(each) for each in arguments], expected)

    def test_each_struct_has_the_fields_of_the_header(self):
        structs = [each for each in vars(_structs).values() if getattr(each, "c_name", "")]
        self.assertEqual({each.c_name for each in structs}, set(STRUCTS))
        for struct in structs:
            with self.subTest(struct.c_name):
                fields = [each.strip() for each in STRUCTS[struct.c_name].split(";") if each.strip()]
                expected = [(re.search(r"\w+$", each)[0], kind_of_c(type_of(each))) for each in fields]
                ours = [(name, kind_of_ctypes(kind)) for name, kind in struct._fields_]
                self.assertEqual(self.without_bytes(ours), self.without_bytes(expected))

    @staticmethod
    def without_bytes(fields):
        """Bytes with a length beside them are given as texts, which ctypes keeps alive."""
        return [(name, "text" if name.endswith("_pem") else kind) for name, kind in fields]

    def test_each_callback_has_the_types_of_the_header(self):
        ours = {
            "imgferry_progress_fn": _structs.ProgressFunction,
            "imgferry_credential_fn": _structs.CredentialFunction,
            "imgferry_destroy_fn": _structs.DestroyFunction,
            "imgferry_read_fn": _structs.ReadFunction,
            "imgferry_token_fn": _structs.TokenFunction,
            "imgferry_log_fn": _structs.LogFunction,
        }
        for result, name, arguments in CALLBACKS:
            if name == "imgferry_write_fn":
                continue  # What Python is to write, it reads.
            with self.subTest(name):
                self.assertEqual(kind_of_ctypes(ours[name]._restype_), kind_of_c(result))
                expected = [kind_of_c(type_of(each)) for each in parameters(arguments)]
                self.assertEqual([kind_of_ctypes(each) for each in ours[name]._argtypes_], expected)

    def test_each_number_is_that_of_the_header(self):
        numbers = {name: int(value) for name, value in re.findall(r"#define IMGFERRY_(\w+) (\d+)", HEADER)}
        for prefix, enum in [
            ("PHASE", progress.Phase),
            ("UNIT", progress.Unit),
            ("UPLOAD", registry_results.UploadWay),
            ("TAG", TagOption),
            ("PUSH", images.Via),
            ("COMPRESSION", images.Compression),
            ("LOG", log.LogLevel),
        ]:
            ours = {f"{prefix}_{each.name}": each.value for each in enum}
            self.assertEqual(ours, {name: value for name, value in numbers.items() if name.startswith(prefix + "_")})
        others = re.compile(r"(PHASE|UNIT|UPLOAD|TAG|PUSH|COMPRESSION|LOG|VERSION)_|OK$")
        statuses = [value for name, value in numbers.items() if not others.match(name)]
        self.assertEqual(sorted(errors._BY_STATUS), sorted(statuses))


if __name__ == "__main__":
    unittest.main()
