/*
 * Credentials of a locked registry: by a callback, whose userdata is destroyed
 * once and with the last handle that uses it, and from where the docker command
 * keeps its logins.
 * Arguments: the host of a registry that lets in the user me with the password
 * pass-word, and the address of an engine that answers every request but a ping
 * with 404. DOCKER_CONFIG leads to a login for the registry.
 */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "check.h"

struct keyring {
    pthread_t caller;
    const char *host;
    const char *repository;
    const char *password;
    int result;
    int is_silent;
    unsigned asked;
    unsigned destroyed;
};

static int ask(void *userdata, const char *host, const char *repository,
               imgferry_credential_reply *reply)
{
    struct keyring *keyring = userdata;
    imgferry_credential credential;
    char password[32];

    CHECK(pthread_equal(pthread_self(), keyring->caller));
    CHECK(keyring->destroyed == 0);
    CHECK_TEXT(host, keyring->host);
    CHECK_TEXT(repository, keyring->repository);
    keyring->asked++;
    if (keyring->is_silent || keyring->result != 0)
        return keyring->result;

    imgferry_credential_init(&credential, sizeof credential);
    credential.username = "me";
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_credential_reply_set(reply, &credential, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_credential_reply_set(reply, NULL, error));
    credential.password = "another";
    CHECK_OK(imgferry_credential_reply_set(reply, &credential, error));
    credential.host = host;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_credential_reply_set(reply, &credential, error));
    credential.host = NULL;

    /* It is copied at once. */
    strcpy(password, keyring->password);
    credential.password = password;
    CHECK_OK(imgferry_credential_reply_set(reply, &credential, error));
    memset(password, 'x', sizeof password - 1);
    return 0;
}

static void destroy(void *userdata)
{
    struct keyring *keyring = userdata;
    keyring->destroyed++;
}

static struct keyring a_keyring(const char *host)
{
    struct keyring keyring = {0};
    keyring.caller = pthread_self();
    keyring.host = host;
    keyring.repository = "team/absent";
    keyring.password = "pass-word";
    return keyring;
}

static imgferry_registry_options options_of(struct keyring *keyring)
{
    imgferry_registry_options options;
    imgferry_registry_options_init(&options, sizeof options);
    options.credential_callback = ask;
    options.credential_userdata = keyring;
    options.credential_destroy = destroy;
    return options;
}

/* What the registry says of an image that it does not have, to whom it lets in. */
static imgferry_status look(imgferry_registry *registry, const char *image, int *result)
{
    imgferry_text *digest = NULL;
    imgferry_error *failure = NULL;
    imgferry_status status = imgferry_registry_digest(registry, image, NULL, &digest, &failure);
    CHECK(digest == NULL);
    CHECK(imgferry_error_status(failure) == status);
    CHECK(strstr(imgferry_error_message(failure), "pass-word") == NULL);
    *result = imgferry_error_callback_result(failure);
    imgferry_error_free(failure);
    return status;
}

static void a_callback_opens_a_registry(const char *host, const char *image)
{
    struct keyring keyring = a_keyring(host);
    imgferry_registry_options options = options_of(&keyring);
    imgferry_registry *registry = NULL;
    int result;

    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_NOT_FOUND);
    CHECK(look(registry, image, &result) == IMGFERRY_NOT_FOUND);
    CHECK(keyring.asked == 1);
    CHECK(keyring.destroyed == 0);
    imgferry_registry_free(registry);
    CHECK(keyring.destroyed == 1);
}

static void a_callback_may_have_nothing_or_fail(const char *host, const char *image)
{
    struct keyring keyring = a_keyring(host);
    imgferry_registry_options options = options_of(&keyring);
    imgferry_registry *registry = NULL;
    int result;

    keyring.is_silent = 1;
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_UNAUTHORIZED);
    CHECK(result == 0);
    keyring.result = -42;
    CHECK(look(registry, image, &result) == IMGFERRY_CALLBACK);
    CHECK(result == -42);
    keyring.is_silent = 0;
    keyring.result = 0;
    keyring.password = "wr0ng-one";
    CHECK(look(registry, image, &result) == IMGFERRY_UNAUTHORIZED);
    imgferry_registry_free(registry);
    CHECK(keyring.destroyed == 1);
}

static void userdata_stays_the_callers_when_no_handle_is_made(const char *host)
{
    struct keyring keyring = a_keyring(host);
    imgferry_registry_options options = options_of(&keyring);
    imgferry_engine_options engine_options;
    imgferry_registry *registry = NULL;
    imgferry_engine *engine = NULL;
    imgferry_images *images = NULL;

    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_registry_new("no host", &options, &registry, error));
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_images_new(NULL, NULL, &options, &images, error));
    options.allow_http = 2;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_registry_new(host, &options, &registry, error));
    options.allow_http = 0;
    options.credential_callback = NULL;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT, imgferry_registry_new(host, &options, &registry, error));

    imgferry_engine_options_init(&engine_options, sizeof engine_options);
    engine_options.credential_callback = ask;
    engine_options.credential_userdata = &keyring;
    engine_options.credential_destroy = destroy;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_new("nonsense://", &engine_options, &engine, error));
    CHECK(keyring.destroyed == 0);
}

static void the_last_user_of_a_callback_ends_it(const char *host, const char *image,
                                                const char *address)
{
    struct keyring of_engine = a_keyring(host);
    struct keyring of_images = a_keyring(host);
    imgferry_registry_options options = options_of(&of_images);
    imgferry_engine_options engine_options;
    static const char *const headers[] = {"X-Meta-Name: of mine"};
    static const char *const wrong[] = {"X-Meta-Name"};
    imgferry_engine *engine = NULL;
    imgferry_images *images = NULL;
    imgferry_pushed *pushed = NULL;
    imgferry_text *digest = NULL;

    imgferry_engine_options_init(&engine_options, sizeof engine_options);
    engine_options.credential_callback = ask;
    engine_options.credential_userdata = &of_engine;
    engine_options.credential_destroy = destroy;
    engine_options.headers = wrong;
    engine_options.header_count = 1;
    CHECK_FAILS(IMGFERRY_INVALID_ARGUMENT,
                imgferry_engine_new(address, &engine_options, &engine, error));
    engine_options.headers = headers;
    CHECK_OK(imgferry_engine_new(address, &engine_options, &engine, error));
    CHECK_OK(imgferry_images_new(engine, NULL, &options, &images, error));
    CHECK_FAILS(IMGFERRY_NOT_FOUND,
                imgferry_engine_push(engine, image, NULL, NULL, &pushed, error));
    CHECK(of_engine.asked == 1);
    CHECK_FAILS(IMGFERRY_NOT_FOUND, imgferry_images_digest(images, image, NULL, &digest, error));
    CHECK(of_images.asked == 1);
    imgferry_engine_free(engine);
    CHECK(of_engine.destroyed == 0);

    imgferry_images_free(images);
    CHECK(of_engine.destroyed == 1);
    CHECK(of_images.destroyed == 1);
}

static void logins_of_docker_are_used_when_asked_for(const char *host, const char *image)
{
    imgferry_registry_options options;
    imgferry_registry *registry = NULL;
    int result;

    imgferry_registry_options_init(&options, sizeof options);
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_UNAUTHORIZED);
    imgferry_registry_free(registry);

    options.credentials_from_env = 1;
    options.strict_credentials = 1;
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_NOT_FOUND);
    imgferry_registry_free(registry);

    CHECK(setenv("DOCKER_AUTH_CONFIG", "{", 1) == 0);
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_CREDENTIALS);
    imgferry_registry_free(registry);
    options.strict_credentials = 0;
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_NOT_FOUND);
    imgferry_registry_free(registry);
    CHECK(unsetenv("DOCKER_AUTH_CONFIG") == 0);
}

/* The host takes the ends of its children itself, or does not want to know. */
static void a_helper_is_judged_by_its_answer(const char *host, const char *image)
{
    struct sigaction ignored = {0}, before;
    imgferry_registry_options options;
    imgferry_registry *registry = NULL;
    int result;

    ignored.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGCHLD, &ignored, &before) == 0);
    imgferry_registry_options_init(&options, sizeof options);
    options.credentials_from_env = 1;
    options.strict_credentials = 1;
    CHECK_OK(imgferry_registry_new(host, &options, &registry, error));
    CHECK(look(registry, image, &result) == IMGFERRY_NOT_FOUND);
    imgferry_registry_free(registry);
    CHECK(sigaction(SIGCHLD, &before, NULL) == 0);
    /* No child is left. */
    CHECK(waitpid(-1, NULL, WNOHANG) == -1);
}

int main(int argc, char **argv)
{
    char image[200];
    CHECK(argc == 3);
    CHECK(snprintf(image, sizeof image, "%s/team/absent:1", argv[1]) < (int)sizeof image);
    a_callback_opens_a_registry(argv[1], image);
    a_callback_may_have_nothing_or_fail(argv[1], image);
    userdata_stays_the_callers_when_no_handle_is_made(argv[1]);
    the_last_user_of_a_callback_ends_it(argv[1], image, argv[2]);
    logins_of_docker_are_used_when_asked_for(argv[1], image);
    a_helper_is_judged_by_its_answer(argv[1], image);
    return 0;
}
