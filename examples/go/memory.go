package imgferry

// #include "glue.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// memory is what C gets to read for the time of one call: copies that Go's collector does not know.
type memory struct {
	pieces []unsafe.Pointer
	// A text that C cannot take.
	err error
}

func (m *memory) free() {
	for _, piece := range m.pieces {
		C.free(piece)
	}
}

// text is a text for C.
func (m *memory) text(text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 {
		// C would take what stands before it for the whole.
		m.err = &Error{Kind: ErrInvalidArgument, text: fmt.Sprintf("the text %q has a NUL character", text)}
	}
	copied := C.CString(text)
	m.pieces = append(m.pieces, unsafe.Pointer(copied))
	return copied
}

// optional is a text for C, where "" is none.
func (m *memory) optional(text string) *C.char {
	if text == "" {
		return nil
	}
	return m.text(text)
}

// texts are texts for C, side by side.
func (m *memory) texts(texts []string) (**C.char, C.size_t) {
	if len(texts) == 0 {
		return nil, 0
	}
	list := make_[*C.char](m, len(texts))
	for at, text := range texts {
		list[at] = m.text(text)
	}
	return &list[0], C.size_t(len(texts))
}

// bytes are bytes for C.
func (m *memory) bytes(data []byte) (*C.uint8_t, C.size_t) {
	if len(data) == 0 {
		return nil, 0
	}
	copied := C.CBytes(data)
	m.pieces = append(m.pieces, copied)
	return (*C.uint8_t)(copied), C.size_t(len(data))
}

// make_ is C memory for count values, all zero.
func make_[T any](m *memory, count int) []T {
	var value T
	piece := C.calloc(C.size_t(count), C.size_t(unsafe.Sizeof(value)))
	m.pieces = append(m.pieces, piece)
	return unsafe.Slice((*T)(piece), count)
}

// flag is a truth for C.
func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}

// goTexts are the texts in a list of C's, which stays C's.
func goTexts(list *C.imgferry_text_list) []string {
	texts := make([]string, C.imgferry_text_list_count(list))
	for at := range texts {
		texts[at] = C.GoString(C.imgferry_text_list_at(list, C.size_t(at)))
	}
	return texts
}

// takeText is a text that C gave away.
func takeText(text *C.imgferry_text) string {
	defer C.imgferry_text_free(text)
	return C.GoString(C.imgferry_text_get(text))
}

// takeTexts are the texts in a list that C gave away.
func takeTexts(list *C.imgferry_text_list) []string {
	defer C.imgferry_text_list_free(list)
	return goTexts(list)
}
