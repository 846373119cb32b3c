/*
 * A registry is reached as the options say, and learns who asks.
 * Arguments: a registry that demands a certificate, its authority, a
 * certificate and its key, a folder as /etc/docker/certs.d that has all of
 * it, a proxy, and the name of the registry that the proxy knows.
 */

#include "check.h"

struct pem {
    uint8_t bytes[20000];
    size_t length;
};

static void read_pem(struct pem *pem, const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    pem->length = fread(pem->bytes, 1, sizeof pem->bytes, file);
    CHECK(pem->length > 0 && pem->length < sizeof pem->bytes);
    CHECK(fclose(file) == 0);
}

/* What comes of asking the registry. */
static imgferry_status ask(const char *host, const imgferry_registry_options *options)
{
    imgferry_registry *registry = NULL;
    imgferry_status status = imgferry_registry_new(host, options, &registry, NULL);

    if (status == IMGFERRY_OK)
        status = imgferry_registry_ping(registry, NULL, NULL);
    imgferry_registry_free(registry);
    return status;
}

int main(int argc, char **argv)
{
    static struct pem authority, certificate, key;
    const char *headers[] = {"X-Tenant: blue"};
    const char *ours[] = {"Authorization: mine"};
    const char *none[] = {"X-Tenant"};
    const char *folders[] = {NULL};
    imgferry_registry_options options;

    CHECK(argc == 8);
    read_pem(&authority, argv[2]);
    read_pem(&certificate, argv[3]);
    read_pem(&key, argv[4]);
    folders[0] = argv[5];

    imgferry_registry_options_init(&options, sizeof options);
    CHECK(ask(argv[1], &options) == IMGFERRY_TLS);
    options.authorities_pem = authority.bytes;
    options.authorities_pem_length = authority.length;
    options.certificate_pem = certificate.bytes;
    options.certificate_pem_length = certificate.length;
    CHECK(ask(argv[1], &options) == IMGFERRY_INVALID_ARGUMENT);
    options.key_pem = key.bytes;
    options.key_pem_length = key.length;
    options.user_agent = "tests/1.0";
    options.headers = headers;
    options.header_count = 1;
    CHECK(ask(argv[1], &options) == IMGFERRY_OK);

    options.headers = ours;
    CHECK(ask(argv[1], &options) == IMGFERRY_INVALID_ARGUMENT);
    options.headers = none;
    CHECK(ask(argv[1], &options) == IMGFERRY_INVALID_ARGUMENT);
    options.header_count = 0;
    options.user_agent = "(";
    CHECK(ask(argv[1], &options) == IMGFERRY_INVALID_ARGUMENT);

    imgferry_registry_options_init(&options, sizeof options);
    options.certificate_folders = folders;
    options.certificate_folder_count = 1;
    CHECK(ask(argv[1], &options) == IMGFERRY_OK);
    options.proxy = argv[6];
    CHECK(ask(argv[7], &options) == IMGFERRY_OK);
    options.no_proxy = "registry.test";
    CHECK(ask(argv[7], &options) == IMGFERRY_CONNECT);
    options.proxy = NULL;
    CHECK(ask(argv[7], &options) == IMGFERRY_INVALID_ARGUMENT);

    /* The test has set HOME and HTTPS_PROXY. */
    imgferry_registry_options_init(&options, sizeof options);
    options.environment = 1;
    CHECK(ask(argv[7], &options) == IMGFERRY_OK);
    options.environment = 0;
    CHECK(ask(argv[7], &options) != IMGFERRY_OK);
    return 0;
}
