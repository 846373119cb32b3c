/*
 * An engine is reached over TLS, with what the options give for it.
 * Arguments: the address of an engine that demands a certificate, its
 * authority, a certificate and its key, and an authority that signed nothing.
 */

#include "check.h"

struct pem {
    uint8_t bytes[20000];
    size_t length;
};

static struct pem authority, certificate, key, other;

static void read_pem(struct pem *pem, const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    pem->length = fread(pem->bytes, 1, sizeof pem->bytes, file);
    CHECK(pem->length > 0 && pem->length < sizeof pem->bytes);
    CHECK(fclose(file) == 0);
}

/* What comes of asking the engine. */
static imgferry_status ask(const char *address, const imgferry_engine_options *options)
{
    imgferry_engine *engine = NULL;
    imgferry_text *version = NULL;
    imgferry_status status;

    CHECK_OK(imgferry_engine_new(address, options, &engine, error));
    status = imgferry_engine_api_version(engine, NULL, &version, NULL);
    imgferry_text_free(version);
    imgferry_engine_free(engine);
    return status;
}

int main(int argc, char **argv)
{
    imgferry_engine_options options;

    CHECK(argc == 6);
    read_pem(&authority, argv[2]);
    read_pem(&certificate, argv[3]);
    read_pem(&key, argv[4]);
    read_pem(&other, argv[5]);

    imgferry_engine_options_init(&options, sizeof options);
    options.authorities_pem = authority.bytes;
    options.authorities_pem_length = authority.length;
    options.certificate_pem = certificate.bytes;
    options.certificate_pem_length = certificate.length;
    options.key_pem = key.bytes;
    options.key_pem_length = key.length;
    CHECK(ask(argv[1], &options) == IMGFERRY_OK);

    options.authorities_pem = other.bytes;
    options.authorities_pem_length = other.length;
    CHECK(ask(argv[1], &options) == IMGFERRY_TLS);
    options.skip_verification = 1;
    CHECK(ask(argv[1], &options) == IMGFERRY_OK);
    return 0;
}
