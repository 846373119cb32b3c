/**
 * @file
 *
 * imgferry: moves container images between a Docker Engine, registries and
 * archives. A blocking library: a function returns when its work is done.
 *
 * This file is written by a program; do not edit it.
 *
 * EXAMPLE
 *
 *     #include <stdio.h>
 *     #include <imgferry.h>
 *
 *     int main(void)
 *     {
 *         imgferry_engine *engine = NULL;
 *         imgferry_pulled *pulled = NULL;
 *         imgferry_error *error = NULL;
 *         imgferry_status status = imgferry_engine_from_env(&engine, &error);
 *         if (status == IMGFERRY_OK)
 *             status = imgferry_engine_pull(engine, "busybox:1.36", NULL, NULL,
 *                                           &pulled, &error);
 *         if (status == IMGFERRY_OK)
 *             printf("pulled %s\n", imgferry_pulled_digest(pulled));
 *         else
 *             fprintf(stderr, "%s\n", imgferry_error_message(error));
 *         imgferry_error_free(error);
 *         imgferry_pulled_free(pulled);
 *         imgferry_engine_free(engine);
 *         return status == IMGFERRY_OK ? 0 : 1;
 *     }
 *
 * ERRORS
 *
 * A function that can fail returns an imgferry_status, which is IMGFERRY_OK (0)
 * or says what went wrong, and has a last argument `error_out`. When that is
 * not NULL, `*error_out` is always set: to NULL on success, and on failure to
 * an imgferry_error that you free. Its old value is neither read nor freed, so
 * free one error before you use its variable again. Errors do not depend on the
 * thread. The name of the wrong argument is in the message of
 * IMGFERRY_INVALID_ARGUMENT.
 *
 * A function without a status cannot fail. For a NULL handle it returns "", 0
 * or NULL, or what its comment says.
 *
 * POINTERS AND OWNERSHIP
 *
 * What you get in an output (`..._out`) is yours until you give it to the
 * `_free` function of its type. Outputs are set to NULL first and filled on
 * success only, and every `_free` takes NULL: a program can free all its
 * variables at its end, whatever happened. The order does not matter.
 *
 * What a function returns directly (a text, a list, an image) belongs to the
 * handle that it came from and lives as long as that: do not free it.
 *
 * NULL for an output is IMGFERRY_INVALID_ARGUMENT, and nothing is done. No two
 * pointers given to one call may point to the same place, unless both are only
 * read. What you give as input is only read, and only until the call returns.
 *
 * TEXTS
 *
 * Texts end with a NUL byte. Those that you give are UTF-8, which is checked,
 * and are not NULL unless the comment says so; paths of files are in the bytes
 * of the system. Those that you get are UTF-8 and never NULL; "" is none. Bytes
 * are a pointer and a length; (NULL, 0) is empty.
 *
 * OPTIONS
 *
 * A struct that you fill in begins with its size. Initialise it with its
 * `_init` function, for instance
 *
 *     imgferry_pull_options options;
 *     imgferry_pull_options_init(&options, sizeof options);
 *     options.platform = "linux/arm64";
 *
 * and set what you want to differ; 0 and NULL are the defaults. A program and a
 * library of different versions understand each other by that size. NULL in
 * place of the struct is all defaults.
 *
 * CONFIGURATIONS
 *
 * An imgferry_config gives names to registries, which are then called clusters,
 * and a login to each. As a text it is JSON:
 *
 *     {
 *       "cluster_name": "main",
 *       "org_name": "acme",
 *       "project_name": "ml",
 *       "username": "token",
 *       "token_file": "/run/secrets/token",
 *       "clusters": {
 *         "main": {"registry_url": "https://registry.example",
 *                  "orgs": ["acme"]},
 *         "lab": {"registry_url": "http://lab.example:5000",
 *                 "username": "me", "token": "..."}
 *       }
 *     }
 *
 * Every key may be left out but "registry_url", and others are refused. There
 * is either a "token" or a "token_file", which is read whenever the token is
 * needed. User and token are shown to the registries of clusters, each by its
 * host and port, and to no other. A registry with "http://" may be asked by
 * plain HTTP when it does not answer by HTTPS.
 *
 * An imgferry_images that was made with a configuration reads names of remote
 * images so; ":TAG", "@DIGEST" or both may follow:
 *
 *     image:NAME                        of the current project
 *     image:/PROJECT/NAME               in the current cluster and organization
 *     image://CLUSTER/PROJECT/NAME      in the current organization
 *     image://CLUSTER/ORG/PROJECT/NAME  when the configuration knows ORG
 *     HOST/[ORG/]PROJECT/NAME           when HOST is a cluster's registry
 *     docker://HOST/PATH                just this: nothing is filled in
 *     any other name that Docker reads  an image of no cluster
 *
 * PLACES
 *
 * An imgferry_place is where an image is or shall be: a registry, an engine, an
 * archive as `docker save` makes it, or an OCI image layout in a folder or a
 * tar. imgferry_copy brings an image from any of them to any other, without an
 * engine in between; imgferry_place_inspect, _list and _delete do the same for
 * all of them:
 *
 *     imgferry_place *from = NULL, *to = NULL;
 *     imgferry_copied *copied = NULL;
 *     status = imgferry_place_parse("docker://registry.example/app:1", NULL,
 *                                   NULL, &from, &error);
 *     if (status == IMGFERRY_OK)
 *         status = imgferry_place_parse("oci:/srv/images:app", NULL, NULL, &to,
 *                                       &error);
 *     if (status == IMGFERRY_OK)
 *         status = imgferry_copy(from, to, NULL, NULL, &copied, &error);
 *
 * CALLS, AND LEAVING THEM
 *
 * Every function that talks to an engine or a registry, or works at a place,
 * takes an imgferry_call: who receives progress, who may stop the call, how
 * long it may take. NULL is no progress and the default limits; transfers have
 * no time limit in all, but end when the peer is dead.
 *
 * The progress callback is called at least every 250 ms, also while nothing
 * arrives (IMGFERRY_PHASE_WAITING), and stops the call when it returns anything
 * but 0. That is how Ctrl-C works: the signal handler sets a variable of type
 * `volatile sig_atomic_t`, and the callback returns it. From another thread, an
 * imgferry_cancel stops the call. Either way the call cleans up and ends with
 * IMGFERRY_CANCELLED.
 *
 * CALLBACKS AND THREADS
 *
 * A callback runs only on the thread that made the call, and only until the
 * call returns: nothing that you give for one has to live longer. It gets its
 * `userdata` as you gave it. It must return normally, without an exception or a
 * longjmp. It may call the library, and must not free a handle that is in use.
 * A credential or token callback belongs to a handle, and so does its userdata:
 * it runs on each thread that makes a call with the handle, or with one that
 * was made from it, until those are freed.
 *
 * Handles never change (but for an imgferry_cancel that is set), and any number
 * of threads may use one at the same time; only its `_free` must be alone. "Any
 * thread" in a comment means this. Only an imgferry_reader and imgferry_names
 * change when something is taken from them: "one thread at a time".
 *
 * The callback of imgferry_set_log is the one exception: it belongs to the
 * process, runs on any thread, and must not use the library.
 *
 * PROCESSES
 *
 * The library prints nothing, installs no signal handler and needs none: a peer
 * that closes its connection is an error, never a SIGPIPE. In a forked child
 * the functions that talk to somebody fail with IMGFERRY_INVALID_STATE for
 * handles of the parent; freeing those is fine and leaves the parent's
 * connections alone. Make new handles in the child.
 *
 * VERSIONS
 *
 * IMGFERRY_VERSION_MAJOR, _MINOR and _PATCH are the version of this header,
 * imgferry_version() is that of the library. Functions keep their arguments and
 * numbers their meaning; structs grow at their end.
 */


#ifndef IMGFERRY_H
#define IMGFERRY_H

#include <stddef.h>
#include <stdint.h>

/**
 * The major version of this header.
 */
#define IMGFERRY_VERSION_MAJOR 0

/**
 * The minor version of this header.
 */
#define IMGFERRY_VERSION_MINOR 1

/**
 * The patch version of this header.
 */
#define IMGFERRY_VERSION_PATCH 0


/**
 * A flag that stops calls from another thread. Name it in `imgferry_call` of
 * each call that it shall stop. Any number of threads may use it at the same
 * time.
 */
typedef struct imgferry_cancel imgferry_cancel;

/**
 * A configuration: registries by the names of their clusters, the current
 * cluster, organization and project, and the user and the token that are shown
 * to those registries and to no other.
 */
typedef struct imgferry_config imgferry_config;

/**
 * What imgferry_copy did.
 */
typedef struct imgferry_copied imgferry_copied;

/**
 * Where a credential callback puts its credential. It lives until the callback
 * returns.
 */
typedef struct imgferry_credential_reply imgferry_credential_reply;

/**
 * What imgferry_place_delete did.
 */
typedef struct imgferry_deleted imgferry_deleted;

/**
 * What is told of one manifest or layer, in a list, to which it belongs.
 */
typedef struct imgferry_descriptor imgferry_descriptor;

/**
 * What is told of manifests or layers: a list that you own, or one of the
 * handle that it came from.
 */
typedef struct imgferry_descriptor_list imgferry_descriptor_list;

/**
 * What a registry has under a name.
 */
typedef struct imgferry_distribution imgferry_distribution;

/**
 * A Docker Engine, or another one that speaks its API, such as podman's
 * service.
 *
 * It keeps connections, so one handle for many calls is faster than many.
 */
typedef struct imgferry_engine imgferry_engine;

/**
 * A failure, with all that is known of it.
 */
typedef struct imgferry_error imgferry_error;

/**
 * How an image was made.
 */
typedef struct imgferry_history imgferry_history;

/**
 * One step of the making of an image, in a history, to which it belongs.
 */
typedef struct imgferry_history_entry imgferry_history_entry;

/**
 * How an image is run, and what it is made of: a config that you own, or one of
 * the handle that it came from.
 */
typedef struct imgferry_image_config imgferry_image_config;

/**
 * What an engine knows of one image.
 */
typedef struct imgferry_image_details imgferry_image_details;

/**
 * The images of an engine.
 */
typedef struct imgferry_image_list imgferry_image_list;

/**
 * One image behind a name, in a list, to which it belongs.
 */
typedef struct imgferry_image_platform imgferry_image_platform;

/**
 * The platforms that an image is for: a list that you own, or one of the handle
 * that it came from.
 */
typedef struct imgferry_image_platform_list imgferry_image_platform_list;

/**
 * How much of a registry an image takes, in bytes as they are stored and
 * transferred: mostly compressed.
 */
typedef struct imgferry_image_size imgferry_image_size;

/**
 * An image in a list, to which it belongs.
 */
typedef struct imgferry_image_summary imgferry_image_summary;

/**
 * Images of one engine and of any registries.
 */
typedef struct imgferry_images imgferry_images;

/**
 * What an import made.
 */
typedef struct imgferry_imported imgferry_imported;

/**
 * What is at a place.
 */
typedef struct imgferry_inspected imgferry_inspected;

/**
 * An image at a place, in a list, to which it belongs.
 */
typedef struct imgferry_listed_image imgferry_listed_image;

/**
 * The images at a place.
 */
typedef struct imgferry_listed_image_list imgferry_listed_image_list;

/**
 * What imgferry_engine_load_image did.
 */
typedef struct imgferry_loaded imgferry_loaded;

/**
 * The name of an image in an engine: a name with an optional tag or digest, or
 * an image ID.
 */
typedef struct imgferry_local_image imgferry_local_image;

/**
 * A manifest, byte for byte: one that you own, or one of the handle that it
 * came from.
 */
typedef struct imgferry_manifest imgferry_manifest;

/**
 * What a registry says of a manifest without sending it.
 */
typedef struct imgferry_manifest_head imgferry_manifest_head;

/**
 * Names that a registry lists, each once, a page at a time.
 *
 * It changes when a name is taken, so only one thread at a time may use it. It
 * keeps its registry alive, which may be freed before.
 */
typedef struct imgferry_names imgferry_names;

/**
 * Where an image is, or shall be: a registry, an engine, an archive as
 * `docker save` makes it, or an OCI image layout in a folder or a tar. It
 * belongs to the list that it came from, or to you.
 */
typedef struct imgferry_place imgferry_place;

/**
 * How much of a registry the image for one platform takes.
 */
typedef struct imgferry_platform_size imgferry_platform_size;

/**
 * What imgferry_engine_prune_images removed.
 */
typedef struct imgferry_pruned imgferry_pruned;

/**
 * What imgferry_engine_pull did.
 */
typedef struct imgferry_pulled imgferry_pulled;

/**
 * What imgferry_images_pull did.
 */
typedef struct imgferry_pulled_image imgferry_pulled_image;

/**
 * What imgferry_engine_push did.
 */
typedef struct imgferry_pushed imgferry_pushed;

/**
 * What imgferry_images_push did.
 */
typedef struct imgferry_pushed_image imgferry_pushed_image;

/**
 * How often a registry may be asked.
 */
typedef struct imgferry_rate_limit imgferry_rate_limit;

/**
 * A stream of bytes from a peer: an archive that an engine writes, or a blob of
 * a registry.
 *
 * It changes when it is read, so only one thread at a time may use it. It keeps
 * what it came from alive, which may be freed before.
 */
typedef struct imgferry_reader imgferry_reader;

/**
 * One registry. Its functions take images, repositories and blobs by their
 * whole names, which begin with the registry's host, such as
 * "registry.example:5000/team/app:1". A name of another registry, or without
 * one, which is Docker Hub's, is IMGFERRY_INVALID_ARGUMENT.
 *
 * It keeps connections and short-lived tokens, so one handle for many calls is
 * faster than many.
 */
typedef struct imgferry_registry imgferry_registry;

/**
 * The name of an image in a registry: of a platform, which sorts its images by
 * cluster, organization and project, or of any other registry, which is called
 * external.
 */
typedef struct imgferry_remote_image imgferry_remote_image;

/**
 * Images in a registry.
 */
typedef struct imgferry_remote_image_list imgferry_remote_image_list;

/**
 * What was removed: a result that you own, or one of the handle that it came
 * from.
 */
typedef struct imgferry_removed imgferry_removed;

/**
 * An archive or a blob that was written.
 */
typedef struct imgferry_saved imgferry_saved;

/**
 * A repository that was found, in a list, to which it belongs.
 */
typedef struct imgferry_search_result imgferry_search_result;

/**
 * What a search has found.
 */
typedef struct imgferry_search_result_list imgferry_search_result_list;

/**
 * A tag in a registry, with the size of its image.
 */
typedef struct imgferry_tag imgferry_tag;

/**
 * What a registry has under a tag.
 */
typedef struct imgferry_tag_info imgferry_tag_info;

/**
 * A text that you own.
 */
typedef struct imgferry_text imgferry_text;

/**
 * A list of texts: one that you own, or one of the handle that it came from.
 */
typedef struct imgferry_text_list imgferry_text_list;

/**
 * Where a token callback puts its token. It lives until the callback returns.
 */
typedef struct imgferry_token_reply imgferry_token_reply;

/**
 * A blob that was uploaded.
 */
typedef struct imgferry_uploaded_blob imgferry_uploaded_blob;

/**
 * What a function that can fail returns: IMGFERRY_OK or the kind of failure.
 *
 * A number keeps its meaning for ever. Later versions add numbers, so treat
 * one that you do not know as a failure like any other.
 */
typedef int32_t imgferry_status;

/**
 * What a progress record is about: one of the IMGFERRY_PHASE_ numbers. Later
 * versions add numbers; treat one that you do not know as a message.
 */
typedef int32_t imgferry_phase;

/**
 * The unit of the numbers of a progress record: one of the IMGFERRY_UNIT_
 * numbers.
 */
typedef int32_t imgferry_unit;

/**
 * One step of a transfer. The library fills it in.
 *
 * It and its texts, which are never NULL, live until the callback returns.
 */
typedef struct imgferry_progress {
    /**
     * The size of this struct in the library that runs. Fields that later
     * versions append are there only when it is large enough.
     */
    size_t struct_size;
    /**
     * What happens.
     */
    imgferry_phase phase;
    /**
     * The unit of `current` and `total`.
     */
    imgferry_unit unit;
    /**
     * The layer, as its short ID or digest; "" when the record is not about
     * one layer.
     */
    const char *layer_id;
    /**
     * A text for people: the layer and its status.
     */
    const char *message;
    /**
     * The peer's own word for the phase; "" when it has none.
     */
    const char *status;
    /**
     * The digest that was pushed or pulled, or the ID that an import made; only
     * in the record IMGFERRY_PHASE_DONE, and "" when unknown.
     */
    const char *digest;
    /**
     * The engine's own line of JSON; "" when the record does not come from
     * one.
     */
    const char *raw;
    /**
     * What is pushed or pulled; only in the records
     * IMGFERRY_PHASE_PUSH_STARTS and IMGFERRY_PHASE_PULL_STARTS.
     */
    const char *source;
    /**
     * Where it goes; only in the same records.
     */
    const char *destination;
    /**
     * How much of this layer is done. It can exceed `total`: engines
     * estimate.
     */
    uint64_t current;
    /**
     * How much there is to do for this layer; -1 when nobody knows.
     */
    int64_t total;
    /**
     * Bytes done over all layers seen so far.
     */
    uint64_t sum_current;
    /**
     * Bytes to do over all layers seen so far; -1 while the size of a layer
     * is not known.
     */
    int64_t sum_total;
} imgferry_progress;

/**
 * Receives progress: 0 goes on, anything else ends the call with
 * IMGFERRY_CANCELLED and is kept (imgferry_error_callback_result).
 *
 * It runs only on the thread that made the call, and only until the call
 * returns. It must return normally: no exception, no longjmp. It may use the
 * library.
 */
typedef int (*imgferry_progress_fn)(void *userdata,
                                    const struct imgferry_progress *progress);

/**
 * What one call carries besides its arguments: who receives progress, who may
 * stop it, how long it may take.
 *
 * Initialise it with imgferry_call_init, then set what you want. It is only
 * read, and only until the call returns; one struct can serve many calls, also
 * at the same time. Where NULL is given instead of one, all is default.
 *
 * Times are milliseconds; 0 is the default and -1 is no limit.
 */
typedef struct imgferry_call {
    /**
     * Set by imgferry_call_init.
     */
    size_t struct_size;
    /**
     * Receives progress; may be NULL.
     */
    imgferry_progress_fn progress;
    /**
     * Given to `progress` as it is.
     */
    void *userdata;
    /**
     * Stops the call from another thread; may be NULL.
     */
    const struct imgferry_cancel *cancel;
    /**
     * For the whole call. 0 and -1: no limit, because a transfer may take as
     * long as it moves.
     */
    int64_t deadline_ms;
    /**
     * Until a connection stands, with name look-up, proxy and TLS. Default:
     * 15 s.
     */
    int64_t connect_limit_ms;
    /**
     * Until the first byte of an answer, for requests that a healthy peer
     * answers at once. Default: 60 s. What an engine may work at for minutes,
     * such as a transfer, does not use it: the engine is asked whether it still
     * lives instead.
     */
    int64_t answer_limit_ms;
    /**
     * Without one byte moving in a transfer with a registry. Default: 60 s.
     */
    int64_t idle_limit_ms;
    /**
     * The numbers of one layer are reported at most once in this time.
     * Default: 100 ms; -1: as often as they change. A change of phase, the
     * last record of a layer and the final record are always reported.
     */
    int64_t progress_interval_ms;
} imgferry_call;

/**
 * How much is noted: one of the IMGFERRY_LOG_ numbers. A larger one includes
 * the smaller ones.
 */
typedef int32_t imgferry_log_level;

/**
 * Receives what the library notes: its level, the part of the library that it
 * is of, and a line of text, in which there are no secrets.
 *
 * It runs on any thread, also on threads of the library, and on several at the
 * same time. It must return normally: no exception, no longjmp. It must not
 * use the library. The texts live until it returns.
 */
typedef void (*imgferry_log_fn)(void *userdata,
                                imgferry_log_level level,
                                const char *target,
                                const char *message);

/**
 * What proves to a registry who asks: a user with a password, or a token.
 *
 * Initialise it with imgferry_credential_init, then set what you have. The
 * library copies what it needs, and never shows a secret.
 */
typedef struct imgferry_credential {
    /**
     * Set by imgferry_credential_init.
     */
    size_t struct_size;
    /**
     * The registry that it is for, such as "registry.example:5000"; a port
     * must match exactly, and every name of Docker Hub stands for Docker Hub.
     */
    const char *host;
    /**
     * The user; NULL with a bearer token, and may be NULL with an identity
     * token.
     */
    const char *username;
    /**
     * The password, or an access token in its place; else NULL.
     */
    const char *password;
    /**
     * A long-lived token that is exchanged for short-lived ones, as logging
     * in to Azure's registry gives it; else NULL.
     */
    const char *identity_token;
    /**
     * A token that is presented to the registry as it is; else NULL.
     */
    const char *bearer_token;
} imgferry_credential;

/**
 * Gives the credential for one registry. `host` is the registry as image names
 * mention it, such as "docker.io" or "registry.example:5000"; `repository` is
 * the one in it, such as "library/busybox", or "" for what concerns no single
 * one. Both texts live until the callback returns.
 *
 * To give one, call imgferry_credential_reply_set and return 0. 0 without a
 * reply means to look further. Anything else ends the call with
 * IMGFERRY_CALLBACK and is kept (imgferry_error_callback_result).
 *
 * It runs only on a thread that is in a call, and before that returns; where
 * several threads are in calls, it may run on several at the same time. It
 * must return normally: no exception, no longjmp. It may use the library, but
 * not the registry handle that it is asked for, which is
 * IMGFERRY_INVALID_STATE. While it blocks the call cannot be stopped.
 */
typedef int (*imgferry_credential_fn)(void *userdata,
                                      const char *host,
                                      const char *repository,
                                      struct imgferry_credential_reply *reply);

/**
 * Destroys the userdata of a callback that belongs to a handle. It is called
 * once, when the last handle that uses the callback is freed, on the thread
 * that frees it; never in a forked child. It must not use the library.
 */
typedef void (*imgferry_destroy_fn)(void *userdata);

/**
 * How an engine is used. Initialise it with imgferry_engine_options_init.
 */
typedef struct imgferry_engine_options {
    /**
     * Set by imgferry_engine_options_init.
     */
    size_t struct_size;
    /**
     * The version of the API to speak, such as "1.41". NULL: the newest that
     * both sides know.
     */
    const char *api_version;
    /**
     * What the engine presents to registries on pushes and pulls, each with
     * its own host; may be NULL. They lie side by side, each as long as its
     * struct_size says.
     */
    const struct imgferry_credential *credentials;
    /**
     * How many `credentials` there are.
     */
    size_t credential_count;
    /**
     * Asked for the credential of a registry that `credentials` does not
     * have; may be NULL.
     */
    imgferry_credential_fn credential_callback;
    /**
     * Given to `credential_callback` as it is. It must live until
     * `credential_destroy` is called; when no handle is made from these
     * options, that is not called and this stays yours.
     */
    void *credential_userdata;
    /**
     * Destroys `credential_userdata`; may be NULL.
     */
    imgferry_destroy_fn credential_destroy;
    /**
     * Headers that are sent with every request to the engine, each as
     * "Name: value", for instance for a proxy before it; may be NULL. Those
     * that the library sets itself are refused.
     */
    const char *const *headers;
    /**
     * How many `headers` there are.
     */
    size_t header_count;
    /**
     * The certificate authorities that may vouch for the engine, as PEM. NULL:
     * those of the system. This and each of the following up to `user_agent`
     * makes a `tcp://` address speak TLS; other addresses do not look at it,
     * but for `https://`.
     */
    const uint8_t *authorities_pem;
    /**
     * How many bytes `authorities_pem` has.
     */
    size_t authorities_pem_length;
    /**
     * Your own certificate, as PEM, for an engine that demands one; else NULL.
     */
    const uint8_t *certificate_pem;
    /**
     * How many bytes `certificate_pem` has.
     */
    size_t certificate_pem_length;
    /**
     * The key of that certificate, as PEM; else NULL.
     */
    const uint8_t *key_pem;
    /**
     * How many bytes `key_pem` has.
     */
    size_t key_pem_length;
    /**
     * What your program calls itself, such as "demo/1.0": requests say
     * "imgferry/VERSION (YOUR TEXT)". ASCII without control characters and
     * backslashes, its parentheses in pairs. May be NULL.
     */
    const char *user_agent;
    /**
     * 1: believes any engine, and makes a `tcp://` address speak TLS. Whoever
     * is on the way can then read and change everything.
     */
    int32_t skip_verification;
    /**
     * 1: what is found nowhere else is looked for where the docker command and
     * podman keep their logins: DOCKER_AUTH_CONFIG; docker's config.json
     * (DOCKER_CONFIG, HOME); podman's auth.json (REGISTRY_AUTH_FILE,
     * XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME), which comes first when
     * REGISTRY_AUTH_FILE is set; and in the credential helpers that these
     * name, which are programs in PATH. The variables are read when the handle
     * is made, and no other thread may change the environment meanwhile; files
     * and helpers are asked when a credential is needed.
     */
    int32_t credentials_from_env;
    /**
     * 1: a file that is broken and a credential helper that fails end the call
     * with IMGFERRY_CREDENTIALS. Else they are warnings, and the next place is
     * asked, in the end anonymously.
     */
    int32_t strict_credentials;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_engine_options;

/**
 * How an image is pushed. Initialise it with imgferry_push_options_init.
 */
typedef struct imgferry_push_options {
    /**
     * Set by imgferry_push_options_init.
     */
    size_t struct_size;
    /**
     * The tag to push, in place of one in the reference. NULL: that one, or
     * else "latest".
     */
    const char *tag;
    /**
     * Pushes only this platform, as `os/arch[/variant]`; needs API 1.46. NULL:
     * all that the engine has.
     */
    const char *platform;
    /**
     * What to present to the registry instead of the engine's own credentials;
     * its host is NULL. May be NULL.
     */
    const struct imgferry_credential *credential;
    /**
     * 1: pushes all tags that the repository has in the engine; then no tag
     * may be given, nor stand in the reference.
     */
    int32_t all_tags;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_push_options;

/**
 * How an image is pulled. Initialise it with imgferry_pull_options_init.
 */
typedef struct imgferry_pull_options {
    /**
     * Set by imgferry_pull_options_init.
     */
    size_t struct_size;
    /**
     * The tag or digest to pull, in place of one in the reference. NULL: that
     * one, or else "latest".
     */
    const char *tag;
    /**
     * The platform to choose from an index, as `os[/arch[/variant]]`. NULL:
     * the engine's own.
     */
    const char *platform;
    /**
     * What to present to the registry instead of the engine's own credentials;
     * its host is NULL. May be NULL.
     */
    const struct imgferry_credential *credential;
    /**
     * 1: pulls all tags of the repository; then no tag or digest may be given,
     * nor stand in the reference.
     */
    int32_t all_tags;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_pull_options;

/**
 * How an archive is loaded. Initialise it with imgferry_load_options_init.
 */
typedef struct imgferry_load_options {
    /**
     * Set by imgferry_load_options_init.
     */
    size_t struct_size;
    /**
     * Only these platforms, each as `os/arch[/variant]`; needs API 1.48, and
     * more than one API 1.52. NULL: all.
     */
    const char *const *platforms;
    /**
     * How many `platforms` there are.
     */
    size_t platform_count;
    /**
     * 1: asks the engine for no progress of its own.
     */
    int32_t quiet;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_load_options;

/**
 * Gives bytes to the library: writes at most `capacity` bytes to `buffer` and
 * their number to `*length_out`; 0 bytes are the end.
 *
 * 0 goes on, anything else ends the call with IMGFERRY_CALLBACK and is kept
 * (imgferry_error_callback_result). `capacity` is never 0, and `*length_out`
 * is 0 before. A length above `capacity` ends the call with
 * IMGFERRY_INVALID_ARGUMENT.
 *
 * It runs only on the thread that made the call, and only until the call
 * returns; after the end or a failure it is not called again. It must return
 * normally: no exception, no longjmp. It may use the library. While it blocks
 * the call cannot be stopped.
 */
typedef int (*imgferry_read_fn)(void *userdata,
                                uint8_t *buffer,
                                size_t capacity,
                                size_t *length_out);

/**
 * What goes into an archive. Initialise it with imgferry_archive_options_init.
 */
typedef struct imgferry_archive_options {
    /**
     * Set by imgferry_archive_options_init.
     */
    size_t struct_size;
    /**
     * Only these platforms, each as `os/arch[/variant]`; needs API 1.48, and
     * more than one API 1.52. NULL: all that the engine has.
     */
    const char *const *platforms;
    /**
     * How many `platforms` there are.
     */
    size_t platform_count;
} imgferry_archive_options;

/**
 * Takes bytes from the library: `length` bytes at `data`, all of them, which
 * live until it returns.
 *
 * 0 goes on, anything else ends the call with IMGFERRY_CALLBACK and is kept
 * (imgferry_error_callback_result). `length` is never 0.
 *
 * It runs only on the thread that made the call, and only until the call
 * returns; after a failure it is not called again. It must return normally: no
 * exception, no longjmp. It may use the library. While it blocks the call
 * cannot be stopped.
 */
typedef int (*imgferry_write_fn)(void *userdata,
                                 const uint8_t *data,
                                 size_t length);

/**
 * What an imported image is to be. Initialise it with
 * imgferry_import_options_init.
 */
typedef struct imgferry_import_options {
    /**
     * Set by imgferry_import_options_init.
     */
    size_t struct_size;
    /**
     * Its name, with or without a tag. NULL: none, so that only its ID names
     * it.
     */
    const char *repository;
    /**
     * Its tag, in place of one in `repository`. NULL: that one, or else
     * "latest".
     */
    const char *tag;
    /**
     * Dockerfile lines that set its configuration, such as "ENV a=b"; may be
     * NULL.
     */
    const char *const *changes;
    /**
     * How many `changes` there are.
     */
    size_t change_count;
    /**
     * A note that its history keeps; may be NULL.
     */
    const char *message;
    /**
     * Its platform, as `os[/arch[/variant]]`; needs API 1.32, and engines
     * before 23.0 do not look at the architecture. NULL: the engine's own.
     */
    const char *platform;
} imgferry_import_options;

/**
 * What is told of an image. Initialise it with imgferry_inspect_options_init.
 */
typedef struct imgferry_inspect_options {
    /**
     * Set by imgferry_inspect_options_init.
     */
    size_t struct_size;
    /**
     * The platform to look at, as `os/arch[/variant]`; needs API 1.49. NULL:
     * the engine's choice.
     */
    const char *platform;
    /**
     * 1: also the manifests of the image, in the document; needs API 1.48 and
     * the containerd image store.
     */
    int32_t manifests;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_inspect_options;

/**
 * Which images are listed, and what is told of them. Initialise it with
 * imgferry_list_options_init.
 */
typedef struct imgferry_list_options {
    /**
     * Set by imgferry_list_options_init.
     */
    size_t struct_size;
    /**
     * Only images with this name; "*" and "?" stand for any characters, and
     * without a tag all tags match. NULL: all.
     */
    const char *name;
    /**
     * The engine's filters, each "key=value", such as "dangling=true" or
     * "label=key=value"; may be NULL.
     */
    const char *const *filters;
    /**
     * How many `filters` there are.
     */
    size_t filter_count;
    /**
     * 1: also the intermediate images of builds.
     */
    int32_t all;
    /**
     * 1: also how much of each image other images have, too; needs API 1.42.
     */
    int32_t shared_size;
    /**
     * 1: also the manifests of each image, in its document; needs API 1.47 and
     * the containerd image store.
     */
    int32_t manifests;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_list_options;

/**
 * How an image is removed. Initialise it with imgferry_remove_options_init.
 */
typedef struct imgferry_remove_options {
    /**
     * Set by imgferry_remove_options_init.
     */
    size_t struct_size;
    /**
     * Removes only these platforms of it, each as `os/arch[/variant]`; needs
     * `force` and API 1.50. NULL: the whole image.
     */
    const char *const *platforms;
    /**
     * How many `platforms` there are.
     */
    size_t platform_count;
    /**
     * 1: also when it has several names, or a stopped container uses it.
     */
    int32_t force;
    /**
     * 1: keeps the untagged images it was built on.
     */
    int32_t no_prune;
} imgferry_remove_options;

/**
 * How a search is done. Initialise it with imgferry_search_options_init.
 */
typedef struct imgferry_search_options {
    /**
     * Set by imgferry_search_options_init.
     */
    size_t struct_size;
    /**
     * Filters, each "key=value", such as "is-official=true" or "stars=3"; may
     * be NULL.
     */
    const char *const *filters;
    /**
     * How many `filters` there are.
     */
    size_t filter_count;
    /**
     * What to present to the registry instead of the engine's own credentials;
     * its host is NULL. May be NULL.
     */
    const struct imgferry_credential *credential;
    /**
     * At most so many results, from 1 to 100. 0: the engine's default, which
     * is 25.
     */
    uint32_t limit;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_search_options;

/**
 * How a registry is reached. Initialise it with imgferry_registry_options_init.
 *
 * The default asks anonymously, by HTTPS (and by plain HTTP on this machine
 * only).
 */
typedef struct imgferry_registry_options {
    /**
     * Set by imgferry_registry_options_init.
     */
    size_t struct_size;
    /**
     * What to present to registries that demand something, each with its own
     * host; may be NULL. They lie side by side, each as long as its
     * struct_size says.
     */
    const struct imgferry_credential *credentials;
    /**
     * How many `credentials` there are.
     */
    size_t credential_count;
    /**
     * Asked for the credential of a registry that `credentials` does not
     * have; may be NULL.
     */
    imgferry_credential_fn credential_callback;
    /**
     * Given to `credential_callback` as it is. It must live until
     * `credential_destroy` is called; when no handle is made from these
     * options, that is not called and this stays yours.
     */
    void *credential_userdata;
    /**
     * Destroys `credential_userdata`; may be NULL.
     */
    imgferry_destroy_fn credential_destroy;
    /**
     * More certificate authorities that may vouch for a registry, as PEM,
     * besides those of the system (the environment's SSL_CERT_FILE and
     * SSL_CERT_DIR, where they are set, name other ones); may be NULL.
     */
    const uint8_t *authorities_pem;
    /**
     * How many bytes `authorities_pem` has.
     */
    size_t authorities_pem_length;
    /**
     * Your own certificate, as PEM, for a registry that demands one; else NULL.
     * Only the registry itself, host and port, gets to see it.
     */
    const uint8_t *certificate_pem;
    /**
     * How many bytes `certificate_pem` has.
     */
    size_t certificate_pem_length;
    /**
     * The key of that certificate, as PEM and without a password; else NULL.
     */
    const uint8_t *key_pem;
    /**
     * How many bytes `key_pem` has.
     */
    size_t key_pem_length;
    /**
     * Folders such as "/etc/docker/certs.d", in the bytes of the system, each
     * with a folder "HOST" or "HOST:PORT" for each registry, named as in
     * references: in it *.crt are more authorities, and NAME.cert with
     * NAME.key is your certificate, where `certificate_pem` is not given.
     * The first folder that has the registry counts. They are read when a
     * registry is asked for the first time, or its handle is made. NULL: none,
     * or those of the `environment`.
     */
    const char *const *certificate_folders;
    /**
     * How many `certificate_folders` there are.
     */
    size_t certificate_folder_count;
    /**
     * The hosts, without port, that may get the credentials in exchange for a
     * token, besides the registry's own. NULL: whichever host the registry
     * names, as Docker Hub and GitLab need it, except one of a private network
     * that the registry is not in.
     */
    const char *const *token_hosts;
    /**
     * How many `token_hosts` there are.
     */
    size_t token_host_count;
    /**
     * The proxy on the way to registries, and to whomever they name:
     * `http://[user:password@]host[:port]`, or the same with https, socks5 or
     * socks5h. It is asked to pass bytes on, by CONNECT or as SOCKS 5, so it
     * sees hosts and nothing of what is said over TLS, and it looks up their
     * names. User and password are percent-encoded. NULL: none, or that of the
     * `environment`.
     */
    const char *proxy;
    /**
     * The hosts that are reached without `proxy`, with commas between: "name"
     * (and what is below it), ".name" (only what is below it), an address, a
     * network such as "10.0.0.0/8", each but the last with or without a port,
     * and "*". May be NULL; without a `proxy` it must be.
     */
    const char *no_proxy;
    /**
     * What your program calls itself, such as "demo/1.0": requests say
     * "imgferry/VERSION (YOUR TEXT)". ASCII without control characters and
     * backslashes, its parentheses in pairs. May be NULL.
     */
    const char *user_agent;
    /**
     * Headers, each "name: value", that go with every request to the registry
     * itself, host and port, and to nobody else. Those that the library sets
     * are refused. May be NULL.
     */
    const char *const *headers;
    /**
     * How many `headers` there are.
     */
    size_t header_count;
    /**
     * Other registries, each a host, that are asked first and in this order for
     * manifests and blobs by digest; may be NULL. They get the credentials for
     * their own hosts only, and nothing is ever written to them.
     */
    const char *const *mirrors;
    /**
     * How many `mirrors` there are.
     */
    size_t mirror_count;
    /**
     * The registries, each a host with its port where references have one, that
     * may be asked by plain HTTP although `allow_http` is not set. What they
     * name on other hosts, such as a token service, may not. May be NULL.
     */
    const char *const *http_hosts;
    /**
     * How many `http_hosts` there are.
     */
    size_t http_host_count;
    /**
     * 1: the registry, and the token service it names, may be asked by plain
     * HTTP when they do not answer by HTTPS. Everybody on the way can then
     * read the credentials and change the images. Hosts of this machine may
     * be asked so in any case.
     */
    int32_t allow_http;
    /**
     * 1: what is found nowhere else is looked for where the docker command and
     * podman keep their logins: DOCKER_AUTH_CONFIG; docker's config.json
     * (DOCKER_CONFIG, HOME); podman's auth.json (REGISTRY_AUTH_FILE,
     * XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME), which comes first when
     * REGISTRY_AUTH_FILE is set; and in the credential helpers that these
     * name, which are programs in PATH. The variables are read when the handle
     * is made, and no other thread may change the environment meanwhile; files
     * and helpers are asked when a credential is needed.
     */
    int32_t credentials_from_env;
    /**
     * 1: a file that is broken and a credential helper that fails end the call
     * with IMGFERRY_CREDENTIALS. Else they are warnings, and the next place is
     * asked, in the end anonymously.
     */
    int32_t strict_credentials;
    /**
     * 1: believes whoever answers for a registry's host. Dangerous: whoever is
     * on the way can then read the credentials and change the images.
     */
    int32_t skip_verification;
    /**
     * 1: what is not given here is as the environment says: the proxies in
     * https_proxy, http_proxy, all_proxy and no_proxy (or in capitals), which
     * are not used for this machine, and the folders of certificates of docker
     * and podman (~/.config/containers/certs.d, /etc/containers/certs.d,
     * /etc/docker/certs.d). 0: neither is looked at.
     */
    int32_t environment;
    /**
     * How many tries a request has in all, and a transfer without progress,
     * where another one may fare better: when a connection breaks or is not
     * made, and for HTTP 408, 425, 429 and most statuses from 500 on. 0: 5
     * tries; 1: nothing is tried again.
     */
    int32_t retry_attempts;
    /**
     * The pause after the first try, in milliseconds; each one is twice as
     * long as the one before, and shortened by up to a half by chance. 0: 200
     * ms; -1: no pause.
     */
    int32_t retry_first_pause_ms;
    /**
     * No such pause is longer. 0: 30 s; -1: no pause.
     */
    int32_t retry_longest_pause_ms;
    /**
     * A registry that asks to be left alone (Retry-After) for longer gets its
     * way: the call fails at once with IMGFERRY_RATE_LIMITED or what else it
     * said. 0: 60 s; -1: whenever it asks.
     */
    int32_t retry_longest_wait_ms;
    /**
     * 1: the mirrors are also asked for the manifest of a tag. They may give an
     * old one.
     */
    int32_t mirrors_have_tags;
    /**
     * How many blobs a handle moves at the same time, for all threads that use
     * it; others wait. A reader that you read yourself does not count. 0: 4.
     */
    int32_t parallel_transfers;
    /**
     * Must be 0.
     */
    int32_t reserved;
} imgferry_registry_options;

/**
 * Which part of a blob is wanted. Initialise it with
 * imgferry_blob_options_init.
 */
typedef struct imgferry_blob_options {
    /**
     * Set by imgferry_blob_options_init.
     */
    size_t struct_size;
    /**
     * Must be 0.
     */
    size_t reserved;
    /**
     * The size of the whole blob that a manifest promises, in bytes; one of
     * another size is refused before it is read. 0 or -1: not known.
     */
    int64_t size;
    /**
     * Where to begin, in bytes. Only a whole blob is verified by its digest.
     */
    int64_t offset;
    /**
     * How many bytes. 0 or -1: all that follow.
     */
    int64_t length;
} imgferry_blob_options;

/**
 * How a blob is uploaded. Initialise it with imgferry_upload_options_init.
 */
typedef struct imgferry_upload_options {
    /**
     * Set by imgferry_upload_options_init.
     */
    size_t struct_size;
    /**
     * The digest of the content, such as "sha256:...", when it is known. NULL:
     * the content is read once more before, to compute it.
     */
    const char *digest;
    /**
     * A repository of the same registry, such as "team/base", that may have
     * the blob already: then nothing is sent. NULL: none.
     */
    const char *mount_from;
    /**
     * Must be 0.
     */
    size_t reserved;
    /**
     * Uploads in chunks of so many bytes. 0: in one request. Registries and
     * proxies that refuse large requests get chunks in any case.
     */
    int64_t chunk_size;
} imgferry_upload_options;

/**
 * How a blob came into a repository: one of the IMGFERRY_UPLOAD_ numbers.
 * Later versions may add numbers.
 */
typedef int32_t imgferry_upload_way;

/**
 * Gives the token that is shown to the registries of clusters. It is called
 * whenever one is needed, so that a token may be renewed meanwhile.
 *
 * To give it, call imgferry_token_reply_set and return 0. 0 without a reply
 * ends the call with IMGFERRY_CREDENTIALS. Anything else ends it with
 * IMGFERRY_CALLBACK and is kept (imgferry_error_callback_result).
 *
 * It runs only on a thread that is in a call, and before that returns; where
 * several threads are in calls, it may run on several at the same time. It
 * must return normally: no exception, no longjmp. It may use the library, but
 * not the handle whose registry wants the token, which is
 * IMGFERRY_INVALID_STATE. While it blocks the call cannot be stopped.
 */
typedef int (*imgferry_token_fn)(void *userdata,
                                 struct imgferry_token_reply *reply);

/**
 * What takes the place of what a configuration says for all clusters; what a
 * cluster has of its own stays. Initialise it with
 * imgferry_config_options_init.
 */
typedef struct imgferry_config_options {
    /**
     * Set by imgferry_config_options_init.
     */
    size_t struct_size;
    /**
     * The current cluster; NULL: the one of the configuration.
     */
    const char *cluster_name;
    /**
     * The current organization; NULL: the one of the configuration.
     */
    const char *org_name;
    /**
     * The current project; NULL: the one of the configuration.
     */
    const char *project_name;
    /**
     * Who asks; NULL: as the configuration says, or else "token".
     */
    const char *username;
    /**
     * Gives the token; NULL: the one of the configuration.
     */
    imgferry_token_fn token_callback;
    /**
     * Given to `token_callback` as it is. It must live until `token_destroy`
     * is called; when no handle is made with these options, that is not called
     * and this stays yours.
     */
    void *token_userdata;
    /**
     * Destroys `token_userdata`; may be NULL.
     */
    imgferry_destroy_fn token_destroy;
} imgferry_config_options;

/**
 * What becomes of the tag in a name that is read: one of the IMGFERRY_TAG_
 * numbers.
 */
typedef int32_t imgferry_tag_option;

/**
 * Which way a push goes: one of the IMGFERRY_PUSH_ numbers.
 */
typedef int32_t imgferry_push_via;

/**
 * How layers are compressed that are no more than tars: one of the
 * IMGFERRY_COMPRESSION_ numbers. Later versions may add numbers.
 */
typedef int32_t imgferry_compression;

/**
 * How an image is pushed by its name. Initialise it with
 * imgferry_push_image_options_init.
 */
typedef struct imgferry_push_image_options {
    /**
     * Set by imgferry_push_image_options_init.
     */
    size_t struct_size;
    /**
     * 1: leaves the remote name with the image in the engine. An image that
     * had it loses it then, and stays. 0: gives it back. A direct push gives
     * no name.
     */
    int32_t keep_remote_name;
    /**
     * Which way the push goes.
     */
    imgferry_push_via via;
    /**
     * How a direct push compresses layers; the default is gzip.
     */
    imgferry_compression compression;
    /**
     * The level of that; 0: the default level.
     */
    int32_t compression_level;
    /**
     * A file, in the bytes of the system, in which direct pushes remember what
     * they made of layers, so that they need not do it again. It is made when
     * there is none; several processes may use it at the same time. Whoever can
     * write to it can make later pushes use other layers that are in the
     * registry. NULL: none.
     */
    const char *layer_cache;
    /**
     * A folder, in the bytes of the system, in which a direct push keeps layers
     * that have more than 6 MiB when they are compressed, in files without a
     * name, while they go out; as many as three at the same time. An upload
     * that breaks goes on from there, and the next layer is read meanwhile.
     * NULL: such layers go out while they are compressed, and a layer whose
     * upload breaks is taken from a second archive of the engine.
     */
    const char *spool_dir;
} imgferry_push_image_options;

/**
 * How an image is pulled by its name. Initialise it with
 * imgferry_pull_image_options_init.
 */
typedef struct imgferry_pull_image_options {
    /**
     * Set by imgferry_pull_image_options_init.
     */
    size_t struct_size;
    /**
     * The platform to choose, as `os/architecture[/variant]`. NULL: the
     * engine's own.
     */
    const char *platform;
} imgferry_pull_image_options;

/**
 * How an image is copied. Initialise it with imgferry_copy_options_init.
 */
typedef struct imgferry_copy_options {
    /**
     * Set by imgferry_copy_options_init.
     */
    size_t struct_size;
    /**
     * Of an image for several platforms, the ones for these, each as
     * `os/arch[/variant]`; for more than one, the destination gets an index of
     * them. NULL: the one for Linux and the processor of this machine.
     */
    const char *const *platforms;
    /**
     * How many `platforms` there are.
     */
    size_t platform_count;
    /**
     * 1: the images for all platforms, and the index as it is. Then there must
     * be no `platforms`.
     */
    int32_t all_platforms;
    /**
     * 1: also what is attached to the image: signatures, bills of materials,
     * and whatever else refers to it.
     */
    int32_t referrers;
    /**
     * 1: keeps the digests that manifests have at the source, and fails, before
     * anything is written, where that cannot be. Else Docker's manifests become
     * OCI's in a layout, because skopeo and podman do not see others there. An
     * image in an archive by Docker below 25, or in an engine, has no manifest
     * whose digest could be kept.
     */
    int32_t keep_digests;
    /**
     * How many blobs move at the same time. 0: 4.
     */
    int32_t parallel;
    /**
     * How layers are compressed that are no more than tars; what is compressed
     * already stays as it is. The default: those that come from engines and
     * docker save archives are, with gzip, when they go to a registry or a
     * layout; others stay as they are. For an engine, which unpacks all layers,
     * it does not matter.
     */
    imgferry_compression compression;
    /**
     * The level of that; 0: the default level.
     */
    int32_t compression_level;
} imgferry_copy_options;

/**
 * It worked.
 */
#define IMGFERRY_OK 0

/**
 * An argument is not usable; nothing was sent.
 */
#define IMGFERRY_INVALID_ARGUMENT 1

/**
 * A text is not an image name, tag or digest; nothing was sent.
 */
#define IMGFERRY_INVALID_REFERENCE 2

/**
 * The handle cannot be used now, for instance in a forked child.
 */
#define IMGFERRY_INVALID_STATE 3

/**
 * The peer, its API version or this build cannot do what was asked.
 */
#define IMGFERRY_UNSUPPORTED 4

/**
 * No connection could be made.
 */
#define IMGFERRY_CONNECT 5

/**
 * The TLS handshake failed.
 */
#define IMGFERRY_TLS 6

/**
 * A time limit passed.
 */
#define IMGFERRY_TIMEOUT 7

/**
 * The progress callback or an imgferry_cancel stopped the call.
 */
#define IMGFERRY_CANCELLED 8

/**
 * A connection broke before the answer was complete.
 */
#define IMGFERRY_CONNECTION_LOST 9

/**
 * No credentials, or wrong ones.
 */
#define IMGFERRY_UNAUTHORIZED 10

/**
 * The credentials do not allow it; many registries also say so of what does
 * not exist.
 */
#define IMGFERRY_DENIED 11

/**
 * The image, tag, manifest or blob does not exist.
 */
#define IMGFERRY_NOT_FOUND 12

/**
 * The state of the peer forbids it, for instance removing an image that is in
 * use.
 */
#define IMGFERRY_CONFLICT 13

/**
 * Too many requests; see imgferry_error_retry_after_ms.
 */
#define IMGFERRY_RATE_LIMITED 14

/**
 * The peer, or a proxy before it, refuses a body of this size.
 */
#define IMGFERRY_TOO_LARGE 15

/**
 * No space is left where the data should go.
 */
#define IMGFERRY_NO_SPACE 16

/**
 * The image does not exist for the platform that was asked for.
 */
#define IMGFERRY_PLATFORM 17

/**
 * The engine could not reach the registry.
 */
#define IMGFERRY_REGISTRY_UNREACHABLE 18

/**
 * The engine failed in a way that has no number of its own.
 */
#define IMGFERRY_ENGINE 19

/**
 * The registry failed in a way that has no number of its own.
 */
#define IMGFERRY_REGISTRY 20

/**
 * Content does not have the digest or the size that was promised.
 */
#define IMGFERRY_DIGEST_MISMATCH 21

/**
 * The answer of the peer breaks the protocol.
 */
#define IMGFERRY_PROTOCOL 22

/**
 * A file of the caller could not be read or written.
 */
#define IMGFERRY_IO 23

/**
 * Credentials could not be read or obtained.
 */
#define IMGFERRY_CREDENTIALS 24

/**
 * A read, write, credential or token callback of the caller failed; see
 * imgferry_error_callback_result.
 */
#define IMGFERRY_CALLBACK 25

/**
 * A defect of the library. The process goes on, but what the call did is not
 * known. Please report the message; more of it is on the standard error.
 */
#define IMGFERRY_PANIC 99

/**
 * Nothing arrived for a while; the numbers are those of the last record. It
 * comes at least every 250 ms, so that a silent peer can be left too.
 */
#define IMGFERRY_PHASE_WAITING 0

/**
 * The operation, or one layer of it, is being prepared or queued.
 */
#define IMGFERRY_PHASE_PREPARING 1

/**
 * Bytes go to the registry.
 */
#define IMGFERRY_PHASE_PUSHING 2

/**
 * Bytes come from the registry.
 */
#define IMGFERRY_PHASE_DOWNLOADING 3

/**
 * Downloaded bytes are checked.
 */
#define IMGFERRY_PHASE_VERIFYING 4

/**
 * The engine unpacks a layer.
 */
#define IMGFERRY_PHASE_EXTRACTING 5

/**
 * An archive goes into the engine.
 */
#define IMGFERRY_PHASE_LOADING 6

/**
 * The destination has this layer already.
 */
#define IMGFERRY_PHASE_EXISTS 7

/**
 * This layer is done.
 */
#define IMGFERRY_PHASE_LAYER_DONE 8

/**
 * The engine tries a layer again.
 */
#define IMGFERRY_PHASE_RETRYING 9

/**
 * A message without a meaning of its own; read its text.
 */
#define IMGFERRY_PHASE_MESSAGE 10

/**
 * The operation is done. It is the last record, and comes exactly once, on
 * success only. A call that is stopped in it fails like any other that is left,
 * but what it did stays; only imgferry_images_push and _pull take theirs back.
 */
#define IMGFERRY_PHASE_DONE 11

/**
 * imgferry_images_push starts; `source` and `destination` say what goes where.
 */
#define IMGFERRY_PHASE_PUSH_STARTS 12

/**
 * imgferry_images_pull starts; `source` and `destination` say what goes where.
 */
#define IMGFERRY_PHASE_PULL_STARTS 13

/**
 * An archive comes out of the engine.
 */
#define IMGFERRY_PHASE_SAVING 14

/**
 * A root file system goes into the engine.
 */
#define IMGFERRY_PHASE_IMPORTING 15

/**
 * Bytes.
 */
#define IMGFERRY_UNIT_BYTES 0

/**
 * Seconds: the containerd image store counts unpacking so.
 */
#define IMGFERRY_UNIT_SECONDS 1

/**
 * Nothing, as it is from the beginning.
 */
#define IMGFERRY_LOG_OFF 0

/**
 * What went wrong and is in no error.
 */
#define IMGFERRY_LOG_ERROR 1

/**
 * What is odd, such as a configuration file that somebody else can read.
 */
#define IMGFERRY_LOG_WARN 2

/**
 * What was done.
 */
#define IMGFERRY_LOG_INFO 3

/**
 * Why it was done: requests that are made again, ways that are chosen.
 */
#define IMGFERRY_LOG_DEBUG 4

/**
 * Everything.
 */
#define IMGFERRY_LOG_TRACE 5

/**
 * It was there.
 */
#define IMGFERRY_UPLOAD_EXISTED 1

/**
 * It was in another repository of the registry.
 */
#define IMGFERRY_UPLOAD_MOUNTED 2

/**
 * In one request.
 */
#define IMGFERRY_UPLOAD_WHOLE 3

/**
 * In chunks.
 */
#define IMGFERRY_UPLOAD_CHUNKS 4

/**
 * A name without tag and digest gets the tag "latest".
 */
#define IMGFERRY_TAG_DEFAULT 0

/**
 * A missing tag stays missing.
 */
#define IMGFERRY_TAG_ALLOW 1

/**
 * A name with a tag or a digest is refused.
 */
#define IMGFERRY_TAG_DENY 2

/**
 * The engine pushes.
 */
#define IMGFERRY_PUSH_ENGINE 0

/**
 * The image is read from the engine, and compressed and uploaded from here
 * while it comes. Nothing of it is kept on a disk, unless spool_dir is given.
 * It is faster for large layers that the registry does not have, passes where
 * the bodies of requests are limited, and gives the image no name in the
 * engine.
 */
#define IMGFERRY_PUSH_DIRECT 1

/**
 * Whichever is likely to be faster; and directly, when the engine's push breaks
 * or is too large for the registry.
 */
#define IMGFERRY_PUSH_AUTO 2

/**
 * As the function that takes it says.
 */
#define IMGFERRY_COMPRESSION_DEFAULT 0

/**
 * gzip, which every registry and engine takes; the levels are 1 to 9.
 */
#define IMGFERRY_COMPRESSION_GZIP 1

/**
 * zstd, faster and smaller, but nothing for engines before Docker 23; the
 * levels are 1 to 19.
 */
#define IMGFERRY_COMPRESSION_ZSTD 2

/**
 * They stay as they are.
 */
#define IMGFERRY_COMPRESSION_AS_IS 3

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that runs, such as "0.1.0".
 *
 * Compare it with IMGFERRY_VERSION_MAJOR, _MINOR and _PATCH, the version of
 * this header. The text lives for ever. Any thread.
 */
const char *imgferry_version(void);

/**
 * Whether this build of the library has a feature: 1 or 0.
 *
 * Features are "engine", "registry", "images", "copy", "tls" and "zstd". A
 * build may lack the last two: then connections by TLS, and compressing layers
 * with zstd or reading what is compressed with it, fail with
 * IMGFERRY_UNSUPPORTED. All functions exist in every build.
 *
 * 0 for NULL and for names that this version does not know. Any thread.
 */
int32_t imgferry_has_feature(const char *name);

/**
 * The name of a status without its prefix, such as "NOT_FOUND"; "UNKNOWN" for
 * a number that this version does not know.
 *
 * The text lives for ever. Any thread.
 */
const char *imgferry_status_name(imgferry_status status);

/**
 * The status of the function that failed; IMGFERRY_OK for NULL.
 *
 * Any thread.
 */
imgferry_status imgferry_error_status(const struct imgferry_error *error);

/**
 * What a program prints: the whole chain of causes and the hint, in one line
 * and without secrets.
 *
 * "" for NULL. The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_message(const struct imgferry_error *error);

/**
 * What was done, such as "push"; "" when nothing had begun, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_operation(const struct imgferry_error *error);

/**
 * To what it was done, such as the name of an image; "" when nothing had
 * begun, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_subject(const struct imgferry_error *error);

/**
 * The address of the engine or registry, without secrets; "" when none was
 * involved, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_endpoint(const struct imgferry_error *error);

/**
 * The request or step that failed, such as "POST /v1.41/images/create"; ""
 * before the first one, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_stage(const struct imgferry_error *error);

/**
 * What can be done about it, as a sentence; "" when there is nothing general
 * to say, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_hint(const struct imgferry_error *error);

/**
 * The HTTP status with which the peer refused; 200 when it said so after it
 * had begun, 0 when it did not refuse, and for NULL.
 *
 * Any thread.
 */
int32_t imgferry_error_http_status(const struct imgferry_error *error);

/**
 * The peer's own error code, such as "MANIFEST_UNKNOWN"; "" when it gave
 * none, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_peer_code(const struct imgferry_error *error);

/**
 * The peer's own message, word for word. It can have several lines. "" when
 * it gave none, and for NULL.
 *
 * The text lives until `error` is freed. Any thread.
 */
const char *imgferry_error_peer_message(const struct imgferry_error *error);

/**
 * Whether the same call may succeed when it is repeated: 1 or 0; 0 for NULL.
 *
 * Any thread.
 */
int32_t imgferry_error_retryable(const struct imgferry_error *error);

/**
 * How many milliseconds the peer asks to wait before the next try; -1 when it
 * does not say, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_error_retry_after_ms(const struct imgferry_error *error);

/**
 * How many times the failing step was tried; 0 when nothing had begun, and
 * for NULL.
 *
 * Any thread.
 */
uint32_t imgferry_error_attempts(const struct imgferry_error *error);

/**
 * What the callback of the caller returned that ended the call: with
 * IMGFERRY_CANCELLED the progress callback, with IMGFERRY_CALLBACK a read,
 * write, credential or token callback. 0 when no callback did, and for NULL.
 *
 * Any thread.
 */
int imgferry_error_callback_result(const struct imgferry_error *error);

/**
 * What could not be cleaned up after the failure, each a sentence; usually
 * empty. It is also in the message.
 *
 * NULL, which is an empty list, for NULL. The list lives until `error` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_error_left_behind(const struct imgferry_error *error);

/**
 * Frees an error and its texts; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_error_free(struct imgferry_error *error);

/**
 * The text itself; "" for NULL.
 *
 * It lives until `text` is freed. Any thread.
 */
const char *imgferry_text_get(const struct imgferry_text *text);

/**
 * Frees a text; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_text_free(struct imgferry_text *text);

/**
 * How many texts are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_text_list_count(const struct imgferry_text_list *list);

/**
 * The text at `index`, counted from 0; "" behind the end and for NULL.
 *
 * It lives as long as the list. Any thread.
 */
const char *imgferry_text_list_at(const struct imgferry_text_list *list,
                                  size_t index);

/**
 * Frees a list of texts that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_text_list_free(struct imgferry_text_list *list);

/**
 * Makes a flag that is not set.
 *
 * On success `*cancel_out` is yours: free it with imgferry_cancel_free. On
 * failure it is NULL. Any thread.
 */
imgferry_status imgferry_cancel_new(struct imgferry_cancel **cancel_out,
                                    struct imgferry_error **error_out);

/**
 * Sets the flag: every call that uses it ends with IMGFERRY_CANCELLED, also
 * one that waits for a silent peer, and calls that start later end at once.
 * There is no way back.
 *
 * Other calls on the same handles go on. Not for signal handlers: there, set
 * a variable of your own that the progress callback looks at. Any thread.
 */
imgferry_status imgferry_cancel_set(const struct imgferry_cancel *cancel,
                                    struct imgferry_error **error_out);

/**
 * Whether the flag is set: 1 or 0; 0 for NULL, and for a flag of the parent in
 * a forked child.
 *
 * Any thread.
 */
int32_t imgferry_cancel_is_set(const struct imgferry_cancel *cancel);

/**
 * Frees a flag; NULL is fine. Calls that use it go on and can no longer be
 * stopped by it.
 *
 * No other thread may use this pointer any more, except calls that have
 * started with it.
 */
void imgferry_cancel_free(struct imgferry_cancel *cancel);

/**
 * Fills `call` with the defaults. `struct_size` is `sizeof *call`.
 *
 * NULL is fine and does nothing. No other thread may use `call` meanwhile.
 */
void imgferry_call_init(struct imgferry_call *call,
                        size_t struct_size);

/**
 * Has `log` called with what the library notes, up to `level`. There is one
 * such callback in the process, and this replaces it; NULL for `log`, and
 * IMGFERRY_LOG_OFF, are none.
 *
 * When it returns, the callback before is not running and is not called any
 * more: until then its userdata must live. On failure the one before stays.
 * Fails with IMGFERRY_INVALID_STATE inside a log callback, in a forked child
 * of a process that has set one, where nothing is noted, and when this library
 * is part of a program that has a logger of its own. Any thread.
 */
imgferry_status imgferry_set_log(imgferry_log_level level,
                                 imgferry_log_fn log,
                                 void *userdata,
                                 struct imgferry_error **error_out);

/**
 * How many bytes the whole of it has, also when only a part is read; -1 when
 * the peer did not say it at the beginning, as an engine never does of an
 * archive, and for NULL.
 *
 * One thread at a time.
 */
int64_t imgferry_reader_size(const struct imgferry_reader *reader);

/**
 * Reads the next bytes: writes at most `capacity` of them, which is not 0, to
 * `buffer`, and their number to `*length_out`. It can be less at any time; 0
 * bytes are the end, and that all was whole.
 *
 * `call` is for this read only: its limits begin anew, and a cancel that the
 * reader was asked for with has to be named again. On failure `*length_out` is
 * 0: IMGFERRY_CONNECTION_LOST when the connection broke (and for a blob, could
 * not be made again), IMGFERRY_DIGEST_MISMATCH when a whole blob is not the one
 * that was asked for, IMGFERRY_ENGINE or another status when the peer could not
 * go on. Unless only an argument was wrong, every later read then fails with
 * IMGFERRY_INVALID_STATE. One thread at a time.
 */
imgferry_status imgferry_reader_read(struct imgferry_reader *reader,
                                     uint8_t *buffer,
                                     size_t capacity,
                                     const struct imgferry_call *call,
                                     size_t *length_out,
                                     struct imgferry_error **error_out);

/**
 * Frees a reader; NULL is fine. In the middle of a stream it stops the peer,
 * but in a forked child it leaves the parent's connection alone.
 *
 * No other thread may use it any more.
 */
void imgferry_reader_free(struct imgferry_reader *reader);

/**
 * How many bytes were written; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_saved_size(const struct imgferry_saved *saved);

/**
 * Frees the result of a save; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_saved_free(struct imgferry_saved *saved);

/**
 * Fills `credential` with NULL. `struct_size` is `sizeof *credential`.
 *
 * NULL is fine and does nothing. No other thread may use `credential`
 * meanwhile.
 */
void imgferry_credential_init(struct imgferry_credential *credential,
                              size_t struct_size);

/**
 * Gives `credential`, whose host must be NULL: it is for the registry that the
 * callback was asked for. It is copied at once. One without any text is to ask
 * anonymously. A second one replaces the first.
 *
 * Fails with IMGFERRY_INVALID_ARGUMENT when the credential is not usable. Only
 * on the thread of the callback, and before that returns.
 */
imgferry_status imgferry_credential_reply_set(struct imgferry_credential_reply *reply,
                                              const struct imgferry_credential *credential,
                                              struct imgferry_error **error_out);

/**
 * Reads `name[:tag][@digest]` or an image ID.
 *
 * On success `*image_out` is yours: free it with imgferry_local_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `text` is neither.
 * Any thread.
 */
imgferry_status imgferry_local_image_parse(const char *text,
                                           struct imgferry_local_image **image_out,
                                           struct imgferry_error **error_out);

/**
 * The image `name` with `tag`; `tag` may be NULL. An image ID has no tag.
 *
 * On success `*image_out` is yours: free it with imgferry_local_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when the name or the tag
 * is not one, or when the name holds a tag itself. Any thread.
 */
imgferry_status imgferry_local_image_new(const char *name,
                                         const char *tag,
                                         struct imgferry_local_image **image_out,
                                         struct imgferry_error **error_out);

/**
 * The same name at another tag; a digest is left out.
 *
 * On success `*image_out` is yours: free it with imgferry_local_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `tag` is not a tag,
 * and for an image ID. Any thread.
 */
imgferry_status imgferry_local_image_with_tag(const struct imgferry_local_image *image,
                                              const char *tag,
                                              struct imgferry_local_image **image_out,
                                              struct imgferry_error **error_out);

/**
 * The image as text, which imgferry_local_image_parse reads; "" for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_local_image_text(const struct imgferry_local_image *image);

/**
 * The name as it was given, with the registry when it mentions one; for an
 * image ID, the ID with its algorithm. "" for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_local_image_name(const struct imgferry_local_image *image);

/**
 * The tag; "" when there is none, and for NULL.
 *
 * A name with neither tag nor digest means "latest" to the engine. The text
 * lives until `image` is freed. Any thread.
 */
const char *imgferry_local_image_tag(const struct imgferry_local_image *image);

/**
 * The digest of the manifest; "" when the name holds none, and for NULL.
 *
 * An image ID is no such digest. The text lives until `image` is freed. Any
 * thread.
 */
const char *imgferry_local_image_digest(const struct imgferry_local_image *image);

/**
 * The image ID with its algorithm; "" when the image is named otherwise, and
 * for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_local_image_id(const struct imgferry_local_image *image);

/**
 * Frees an image name; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_local_image_free(struct imgferry_local_image *image);

/**
 * Reads the name of an external image, `[registry/]name[:tag][@digest]`.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `text` is no such
 * name. Any thread.
 */
imgferry_status imgferry_remote_image_parse(const char *text,
                                            struct imgferry_remote_image **image_out,
                                            struct imgferry_error **error_out);

/**
 * The image `name` of any registry; NULL for `registry` is Docker Hub, or the
 * registry that the name itself mentions. `tag` may be NULL.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when a part is not what it
 * should be, or when the name holds a tag itself. Any thread.
 */
imgferry_status imgferry_remote_image_new_external(const char *name,
                                                   const char *registry,
                                                   const char *tag,
                                                   struct imgferry_remote_image **image_out,
                                                   struct imgferry_error **error_out);

/**
 * The image `name` of a project on a platform; its registry knows it as
 * `[org_name/]project_name/name`. `org_name` and `tag` may be NULL.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when a part is not what it
 * should be, or when the name holds a tag itself. Any thread.
 */
imgferry_status imgferry_remote_image_new_platform(const char *name,
                                                   const char *registry,
                                                   const char *project_name,
                                                   const char *org_name,
                                                   const char *cluster_name,
                                                   const char *tag,
                                                   struct imgferry_remote_image **image_out,
                                                   struct imgferry_error **error_out);

/**
 * The same image at another tag; a digest is left out, because it would still
 * select the old content.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `tag` is not a tag.
 * Any thread.
 */
imgferry_status imgferry_remote_image_with_tag(const struct imgferry_remote_image *image,
                                               const char *tag,
                                               struct imgferry_remote_image **image_out,
                                               struct imgferry_error **error_out);

/**
 * The same image at a digest, such as "sha256:9f86..."; a tag stays, and is
 * informative from now on.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE when `digest` is not one.
 * Any thread.
 */
imgferry_status imgferry_remote_image_with_digest(const struct imgferry_remote_image *image,
                                                  const char *digest,
                                                  struct imgferry_remote_image **image_out,
                                                  struct imgferry_error **error_out);

/**
 * The image as text: `image://cluster/[org/]project/name:tag` for an image of
 * a platform, else the name that imgferry_remote_image_parse reads. One that
 * came from an imgferry_images or an imgferry_config has a text that these read
 * as the same image; where that takes it, "docker://" stands before the name
 * that Docker has for it. "" for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_text(const struct imgferry_remote_image *image);

/**
 * The name within the registry, or within the project of a platform; "" for
 * NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_name(const struct imgferry_remote_image *image);

/**
 * The tag; "" when there is none, and for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_tag(const struct imgferry_remote_image *image);

/**
 * The digest of the manifest; "" when there is none, and for NULL.
 *
 * It selects the content, also when there is a tag. The text lives until
 * `image` is freed. Any thread.
 */
const char *imgferry_remote_image_digest(const struct imgferry_remote_image *image);

/**
 * The registry's host, and its port when it was given; "" for Docker Hub
 * unless it was named, and for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_registry(const struct imgferry_remote_image *image);

/**
 * The cluster of an image of a platform; "" for an external one, and for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_cluster_name(const struct imgferry_remote_image *image);

/**
 * The organization of an image of a platform; "" when it has none, for an
 * external image, and for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_org_name(const struct imgferry_remote_image *image);

/**
 * The project of an image of a platform; "" for an external one, and for NULL.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_project_name(const struct imgferry_remote_image *image);

/**
 * The name by which Docker reaches the image,
 * `[registry/]path[:tag][@digest]`; "" for NULL. Unless `with_scheme` is 0 it
 * is "https://" and the full name, with docker.io where no registry was named.
 *
 * The text lives until `image` is freed. Any thread.
 */
const char *imgferry_remote_image_docker_url(const struct imgferry_remote_image *image,
                                             int32_t with_scheme);

/**
 * Frees an image name; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_remote_image_free(struct imgferry_remote_image *image);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_engine_options_init(struct imgferry_engine_options *options,
                                  size_t struct_size);

/**
 * The engine at `address`. Nothing is sent yet. `options` may be NULL.
 *
 * An address is "unix:///path"; `tcp://host[:port]`, with TLS when the options
 * give something for it; `https://host[:port]`; or
 * `ssh://[user@]host[:port][/socket]`, which needs the program ssh, never asks
 * for a password, and docker on the other side.
 *
 * On success `*engine_out` is yours: free it with imgferry_engine_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the address or an option
 * is not usable. Any thread.
 */
imgferry_status imgferry_engine_new(const char *address,
                                    const struct imgferry_engine_options *options,
                                    struct imgferry_engine **engine_out,
                                    struct imgferry_error **error_out);

/**
 * The engine that the environment names, as the docker command finds it:
 * DOCKER_HOST (with DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH), or
 * else DOCKER_CONTEXT, or else the current context in docker's configuration;
 * when nothing is named, the first that is there of the usual sockets of
 * docker and podman. DOCKER_API_VERSION sets the version. Nothing is sent yet.
 *
 * Its credentials are the logins of the docker command and of podman (see
 * credentials_from_env of imgferry_engine_options), and the HttpHeaders in
 * docker's configuration are sent with every request.
 *
 * On success `*engine_out` is yours: free it with imgferry_engine_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT when one of them is not
 * usable. No other thread may change the environment meanwhile.
 */
imgferry_status imgferry_engine_from_env(struct imgferry_engine **engine_out,
                                         struct imgferry_error **error_out);

/**
 * The address of the engine, as it stands in errors; "" for NULL.
 *
 * The text lives until `engine` is freed. Any thread.
 */
const char *imgferry_engine_endpoint(const struct imgferry_engine *engine);

/**
 * Asks which version of the API is spoken with this engine, such as "1.41".
 *
 * On success `*version_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL, for instance IMGFERRY_CONNECT when no engine listens
 * there. Any thread.
 */
imgferry_status imgferry_engine_api_version(const struct imgferry_engine *engine,
                                            const struct imgferry_call *call,
                                            struct imgferry_text **version_out,
                                            struct imgferry_error **error_out);

/**
 * Gives an image (a name or an ID) the name `repository` with `tag`. NULL for
 * `tag` is the tag in `repository`, or else "latest". A name that another
 * image had moves.
 *
 * Fails with IMGFERRY_NOT_FOUND when the engine does not have the image. Any
 * thread.
 */
imgferry_status imgferry_engine_tag(const struct imgferry_engine *engine,
                                    const char *image,
                                    const char *repository,
                                    const char *tag,
                                    const struct imgferry_call *call,
                                    struct imgferry_error **error_out);

/**
 * Frees an engine; NULL is fine. In a forked child it leaves the parent's
 * connections alone.
 *
 * No other thread may use it any more. What was made from it stays usable.
 */
void imgferry_engine_free(struct imgferry_engine *engine);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_push_options_init(struct imgferry_push_options *options,
                                size_t struct_size);

/**
 * Pushes the image with the name `reference` to the registry in that name;
 * without a tag, "latest" is pushed. `options` may be NULL.
 *
 * On success `*pushed_out` is yours: free it with imgferry_pushed_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when the engine has no such image,
 * IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when the registry refuses,
 * IMGFERRY_INVALID_ARGUMENT for a reference with a digest. Any thread.
 */
imgferry_status imgferry_engine_push(const struct imgferry_engine *engine,
                                     const char *reference,
                                     const struct imgferry_push_options *options,
                                     const struct imgferry_call *call,
                                     struct imgferry_pushed **pushed_out,
                                     struct imgferry_error **error_out);

/**
 * The name that was pushed, in full and with its tag, or without one when all
 * tags were pushed; "" for NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_reference(const struct imgferry_pushed *pushed);

/**
 * The digest of the manifest in the registry; "" when the engine did not tell,
 * which is also a warning, when all tags were pushed, and for NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_digest(const struct imgferry_pushed *pushed);

/**
 * The size of the manifest in bytes (not of the image); -1 when unknown, when
 * all tags were pushed, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_pushed_manifest_size(const struct imgferry_pushed *pushed);

/**
 * How many tags were pushed, as far as the engine told; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_pushed_tag_count(const struct imgferry_pushed *pushed);

/**
 * The tag at `index`, counted from 0; "" behind the end and for NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_tag_at(const struct imgferry_pushed *pushed,
                                   size_t index);

/**
 * The digest of the manifest of the tag at `index`; "" behind the end and for
 * NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_tag_digest_at(const struct imgferry_pushed *pushed,
                                          size_t index);

/**
 * The size of the manifest of the tag at `index` in bytes (not of the image);
 * -1 when unknown, behind the end and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_pushed_tag_manifest_size_at(const struct imgferry_pushed *pushed,
                                             size_t index);

/**
 * What the engine noted on the way, for instance that it pushed only a part of
 * an index; each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `pushed` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pushed_warnings(const struct imgferry_pushed *pushed);

/**
 * Frees the result of a push; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_pushed_free(struct imgferry_pushed *pushed);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_pull_options_init(struct imgferry_pull_options *options,
                                size_t struct_size);

/**
 * Pulls the image `reference`; without a tag and a digest "latest" is pulled,
 * and with both the digest. `options` may be NULL.
 *
 * On success `*pulled_out` is yours: free it with imgferry_pulled_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND, IMGFERRY_UNAUTHORIZED or
 * IMGFERRY_DENIED when the registry says so, IMGFERRY_PLATFORM when it has no
 * image for the platform, IMGFERRY_REGISTRY_UNREACHABLE when the engine cannot
 * speak to it. Any thread.
 */
imgferry_status imgferry_engine_pull(const struct imgferry_engine *engine,
                                     const char *reference,
                                     const struct imgferry_pull_options *options,
                                     const struct imgferry_call *call,
                                     struct imgferry_pulled **pulled_out,
                                     struct imgferry_error **error_out);

/**
 * The name that was pulled, in full and with its tag or digest, or without
 * either when all tags were pulled; "" for NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_reference(const struct imgferry_pulled *pulled);

/**
 * The digest of what the name stood for in the registry, which is an index for
 * an image of several platforms; "" when the engine does not tell, as podman
 * does not, when all tags were pulled, and for NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_digest(const struct imgferry_pulled *pulled);

/**
 * How many tags were pulled, as far as the engine told; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_pulled_tag_count(const struct imgferry_pulled *pulled);

/**
 * The tag at `index`, counted from 0; "" behind the end and for NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_tag_at(const struct imgferry_pulled *pulled,
                                   size_t index);

/**
 * The digest of what the tag at `index` stood for in the registry; "" behind
 * the end and for NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_tag_digest_at(const struct imgferry_pulled *pulled,
                                          size_t index);

/**
 * Whether the engine had the image already: 1 or 0; 0 for NULL.
 *
 * Any thread.
 */
int32_t imgferry_pulled_up_to_date(const struct imgferry_pulled *pulled);

/**
 * What the engine noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `pulled` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pulled_warnings(const struct imgferry_pulled *pulled);

/**
 * Frees the result of a pull; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_pulled_free(struct imgferry_pulled *pulled);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_load_options_init(struct imgferry_load_options *options,
                                size_t struct_size);

/**
 * Loads the images of a `docker save` archive or an OCI layout in a tar,
 * plain or compressed, which `read` gives. `userdata` is given to `read` as
 * it is. `options` may be NULL.
 *
 * On success `*loaded_out` is yours: free it with imgferry_loaded_free. On
 * failure it is NULL: IMGFERRY_CALLBACK when `read` failed, IMGFERRY_NO_SPACE
 * when the engine has no room, IMGFERRY_ENGINE when it does not take the
 * archive. Any thread.
 */
imgferry_status imgferry_engine_load_image(const struct imgferry_engine *engine,
                                           imgferry_read_fn read,
                                           void *userdata,
                                           const struct imgferry_load_options *options,
                                           const struct imgferry_call *call,
                                           struct imgferry_loaded **loaded_out,
                                           struct imgferry_error **error_out);

/**
 * As imgferry_engine_load_image, with the archive in the file `path`, which
 * is in the bytes of the system and need not be UTF-8.
 *
 * On success `*loaded_out` is yours: free it with imgferry_loaded_free. On
 * failure it is NULL: IMGFERRY_IO when the file cannot be read. Any thread.
 */
imgferry_status imgferry_engine_load_image_path(const struct imgferry_engine *engine,
                                                const char *path,
                                                const struct imgferry_load_options *options,
                                                const struct imgferry_call *call,
                                                struct imgferry_loaded **loaded_out,
                                                struct imgferry_error **error_out);

/**
 * As imgferry_engine_load_image, with the archive read from the file
 * descriptor `fd`, from its position on. It is not closed.
 *
 * While a read from it blocks, the call cannot be stopped. On success
 * `*loaded_out` is yours: free it with imgferry_loaded_free. On failure it is
 * NULL: IMGFERRY_IO when `fd` cannot be read. Any thread.
 */
imgferry_status imgferry_engine_load_image_fd(const struct imgferry_engine *engine,
                                              int fd,
                                              const struct imgferry_load_options *options,
                                              const struct imgferry_call *call,
                                              struct imgferry_loaded **loaded_out,
                                              struct imgferry_error **error_out);

/**
 * The names of the images that were loaded, as the engine prints them.
 *
 * NULL, which is an empty list, for NULL. The list lives until `loaded` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_loaded_names(const struct imgferry_loaded *loaded);

/**
 * The IDs of loaded images that have no name.
 *
 * NULL, which is an empty list, for NULL. The list lives until `loaded` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_loaded_ids(const struct imgferry_loaded *loaded);

/**
 * What the engine noted on the way, for instance that a name moved from
 * another image.
 *
 * NULL, which is an empty list, for NULL. The list lives until `loaded` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_loaded_warnings(const struct imgferry_loaded *loaded);

/**
 * Frees the result of a load; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_loaded_free(struct imgferry_loaded *loaded);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_archive_options_init(struct imgferry_archive_options *options,
                                   size_t struct_size);

/**
 * Asks for an archive of an image, named by reference (without a tag: with all
 * its tags) or ID: an uncompressed tar, as `docker save` writes it. `options`
 * may be NULL. The engine may take minutes before the first byte.
 *
 * `call` is for this function only; each imgferry_reader_read has one of its
 * own. On success `*reader_out` is yours: read the archive with
 * imgferry_reader_read, and free it with imgferry_reader_free. On failure it
 * is NULL: IMGFERRY_NOT_FOUND when the engine does not have the image. Any
 * thread.
 */
imgferry_status imgferry_engine_get_image(const struct imgferry_engine *engine,
                                          const char *image,
                                          const struct imgferry_archive_options *options,
                                          const struct imgferry_call *call,
                                          struct imgferry_reader **reader_out,
                                          struct imgferry_error **error_out);

/**
 * As imgferry_engine_get_image, with one archive of `image_count` images; it
 * needs at least one. `options` may be NULL.
 *
 * On success `*reader_out` is yours: read the archive with
 * imgferry_reader_read, and free it with imgferry_reader_free. On failure it
 * is NULL: IMGFERRY_NOT_FOUND when the engine does not have one of the images.
 * Any thread.
 */
imgferry_status imgferry_engine_get_images(const struct imgferry_engine *engine,
                                           const char *const *images,
                                           size_t image_count,
                                           const struct imgferry_archive_options *options,
                                           const struct imgferry_call *call,
                                           struct imgferry_reader **reader_out,
                                           struct imgferry_error **error_out);

/**
 * Writes an archive as of imgferry_engine_get_images to the file `path`, which
 * is in the bytes of the system and need not be UTF-8. `options` may be NULL.
 *
 * The file appears when it is whole, and replaces one that was there; until
 * then its name ends in ".part", and a file of that name, which a killed
 * program leaves, is written over. On success `*saved_out` is yours: free it
 * with imgferry_saved_free. On failure it is NULL, and no part of the
 * archive is left: IMGFERRY_IO or IMGFERRY_NO_SPACE when it cannot be
 * written. Any thread.
 */
imgferry_status imgferry_engine_get_images_path(const struct imgferry_engine *engine,
                                                const char *const *images,
                                                size_t image_count,
                                                const char *path,
                                                const struct imgferry_archive_options *options,
                                                const struct imgferry_call *call,
                                                struct imgferry_saved **saved_out,
                                                struct imgferry_error **error_out);

/**
 * Writes an archive as of imgferry_engine_get_images to the file descriptor
 * `fd`, from its position on. It is not closed. `options` may be NULL.
 *
 * While a write to it blocks, the call cannot be stopped. On success
 * `*saved_out` is yours: free it with imgferry_saved_free. On failure it is
 * NULL, and a part may have been written: IMGFERRY_IO or IMGFERRY_NO_SPACE
 * when `fd` cannot be written. Any thread.
 */
imgferry_status imgferry_engine_get_images_fd(const struct imgferry_engine *engine,
                                              const char *const *images,
                                              size_t image_count,
                                              int fd,
                                              const struct imgferry_archive_options *options,
                                              const struct imgferry_call *call,
                                              struct imgferry_saved **saved_out,
                                              struct imgferry_error **error_out);

/**
 * Gives an archive as of imgferry_engine_get_images to `write`, piece by
 * piece. `userdata` is given to `write` as it is. `options` may be NULL.
 *
 * On success `*saved_out` is yours: free it with imgferry_saved_free. On
 * failure it is NULL, and a part may have been given: IMGFERRY_CALLBACK when
 * `write` failed. Any thread.
 */
imgferry_status imgferry_engine_get_images_stream(const struct imgferry_engine *engine,
                                                  const char *const *images,
                                                  size_t image_count,
                                                  imgferry_write_fn write,
                                                  void *userdata,
                                                  const struct imgferry_archive_options *options,
                                                  const struct imgferry_call *call,
                                                  struct imgferry_saved **saved_out,
                                                  struct imgferry_error **error_out);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_import_options_init(struct imgferry_import_options *options,
                                  size_t struct_size);

/**
 * Makes an image from the tar of a root file system, plain or compressed.
 * `source` is a URL when it contains "://", which the engine reads, and else
 * the path of a file in UTF-8. `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL: IMGFERRY_IO when the file cannot be read,
 * IMGFERRY_INVALID_ARGUMENT when the engine does not accept a change or the
 * name, IMGFERRY_ENGINE when it is no tar, IMGFERRY_NO_SPACE when the engine
 * has no room. Any thread.
 */
imgferry_status imgferry_engine_import_image(const struct imgferry_engine *engine,
                                             const char *source,
                                             const struct imgferry_import_options *options,
                                             const struct imgferry_call *call,
                                             struct imgferry_imported **imported_out,
                                             struct imgferry_error **error_out);

/**
 * As imgferry_engine_import_image, with the tar in memory: `data` of `length`
 * bytes. `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_data(const struct imgferry_engine *engine,
                                                       const uint8_t *data,
                                                       size_t length,
                                                       const struct imgferry_import_options *options,
                                                       const struct imgferry_call *call,
                                                       struct imgferry_imported **imported_out,
                                                       struct imgferry_error **error_out);

/**
 * As imgferry_engine_import_image, with the tar in the file `path`, which is
 * in the bytes of the system and need not be UTF-8. `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL: IMGFERRY_IO when the file cannot be read. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_file(const struct imgferry_engine *engine,
                                                       const char *path,
                                                       const struct imgferry_import_options *options,
                                                       const struct imgferry_call *call,
                                                       struct imgferry_imported **imported_out,
                                                       struct imgferry_error **error_out);

/**
 * As imgferry_engine_import_image, with the tar read from the file descriptor
 * `fd`, from its position on. It is not closed. `options` may be NULL.
 *
 * While a read from it blocks, the call cannot be stopped. On success
 * `*imported_out` is yours: free it with imgferry_imported_free. On failure it
 * is NULL: IMGFERRY_IO when `fd` cannot be read. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_fd(const struct imgferry_engine *engine,
                                                     int fd,
                                                     const struct imgferry_import_options *options,
                                                     const struct imgferry_call *call,
                                                     struct imgferry_imported **imported_out,
                                                     struct imgferry_error **error_out);

/**
 * As imgferry_engine_import_image, with the tar that `read` gives. `userdata`
 * is given to `read` as it is. `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL: IMGFERRY_CALLBACK when `read` failed. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_stream(const struct imgferry_engine *engine,
                                                         imgferry_read_fn read,
                                                         void *userdata,
                                                         const struct imgferry_import_options *options,
                                                         const struct imgferry_call *call,
                                                         struct imgferry_imported **imported_out,
                                                         struct imgferry_error **error_out);

/**
 * As imgferry_engine_import_image, with a tar that the engine reads from
 * `url`, which begins with "http://" or "https://". `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT for another URL, and what the
 * engine says when it cannot read it. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_url(const struct imgferry_engine *engine,
                                                      const char *url,
                                                      const struct imgferry_import_options *options,
                                                      const struct imgferry_call *call,
                                                      struct imgferry_imported **imported_out,
                                                      struct imgferry_error **error_out);

/**
 * Pulls `image`, the name of an image in a registry, and gives it the name in
 * the options, which is what engines do when they are asked to import an
 * image. `options` may be NULL.
 *
 * On success `*imported_out` is yours: free it with imgferry_imported_free. On
 * failure it is NULL: as for imgferry_engine_pull, and IMGFERRY_UNSUPPORTED
 * for changes or a message, which engines would ignore. Any thread.
 */
imgferry_status imgferry_engine_import_image_from_image(const struct imgferry_engine *engine,
                                                        const char *image,
                                                        const struct imgferry_import_options *options,
                                                        const struct imgferry_call *call,
                                                        struct imgferry_imported **imported_out,
                                                        struct imgferry_error **error_out);

/**
 * The ID of the new image; "" for NULL.
 *
 * The text lives until `imported` is freed. Any thread.
 */
const char *imgferry_imported_id(const struct imgferry_imported *imported);

/**
 * What the engine noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `imported` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_imported_warnings(const struct imgferry_imported *imported);

/**
 * Frees the result of an import; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_imported_free(struct imgferry_imported *imported);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_inspect_options_init(struct imgferry_inspect_options *options,
                                   size_t struct_size);

/**
 * Tells what the engine knows of an image, named by reference or ID. `options`
 * may be NULL.
 *
 * On success `*details_out` is yours: free it with
 * imgferry_image_details_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
 * the engine does not have the image, IMGFERRY_UNSUPPORTED when its version
 * does not have an option. Any thread.
 */
imgferry_status imgferry_engine_inspect_image(const struct imgferry_engine *engine,
                                              const char *image,
                                              const struct imgferry_inspect_options *options,
                                              const struct imgferry_call *call,
                                              struct imgferry_image_details **details_out,
                                              struct imgferry_error **error_out);

/**
 * The image ID: the digest of the config, or on the containerd image store
 * that of the manifest. "" for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_id(const struct imgferry_image_details *details);

/**
 * Its names with tags; empty when it has none.
 *
 * NULL, which is an empty list, for NULL. The list lives until `details` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_details_repo_tags(const struct imgferry_image_details *details);

/**
 * Its names with digests.
 *
 * NULL, which is an empty list, for NULL. The list lives until `details` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_details_repo_digests(const struct imgferry_image_details *details);

/**
 * When it was made, in RFC 3339; "" when unknown, and for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_created(const struct imgferry_image_details *details);

/**
 * Who made it; usually "". "" for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_author(const struct imgferry_image_details *details);

/**
 * What its maker noted; usually "". "" for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_comment(const struct imgferry_image_details *details);

/**
 * The processor it is for, such as "amd64"; "" when unknown, and for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_architecture(const struct imgferry_image_details *details);

/**
 * The variant of the processor; usually "". "" for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_variant(const struct imgferry_image_details *details);

/**
 * The system it is for, such as "linux"; "" when unknown, and for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_os(const struct imgferry_image_details *details);

/**
 * Its size in bytes, as the engine's store counts it; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_image_details_size(const struct imgferry_image_details *details);

/**
 * The diff IDs of its layers, the lowest first.
 *
 * NULL, which is an empty list, for NULL. The list lives until `details` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_details_layers(const struct imgferry_image_details *details);

/**
 * The engine's whole document, JSON; "" for NULL.
 *
 * The text lives until `details` is freed. Any thread.
 */
const char *imgferry_image_details_document(const struct imgferry_image_details *details);

/**
 * Frees what an engine knows of an image; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_image_details_free(struct imgferry_image_details *details);

/**
 * Tells how an image, named by reference or ID, was made. NULL for `platform`
 * is the engine's choice; another, as `os/arch[/variant]`, needs API 1.48.
 *
 * On success `*history_out` is yours: free it with imgferry_history_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
 * image. Any thread.
 */
imgferry_status imgferry_engine_history(const struct imgferry_engine *engine,
                                        const char *image,
                                        const char *platform,
                                        const struct imgferry_call *call,
                                        struct imgferry_history **history_out,
                                        struct imgferry_error **error_out);

/**
 * How many steps are in a history; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_history_count(const struct imgferry_history *history);

/**
 * The step at `index`, counted from 0, the last that was done first; NULL
 * behind the end and for NULL.
 *
 * It lives until `history` is freed; do not free it. Any thread.
 */
const struct imgferry_history_entry *imgferry_history_at(const struct imgferry_history *history,
                                                         size_t index);

/**
 * Frees a history; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_history_free(struct imgferry_history *history);

/**
 * The ID of the image after this step; "" when it is not known here, as in
 * pulled images, and for NULL.
 *
 * The text lives as long as the history that holds `entry`. Any thread.
 */
const char *imgferry_history_entry_id(const struct imgferry_history_entry *entry);

/**
 * When it was done, in seconds since 1970; 0 for NULL.
 *
 * Any thread.
 */
int64_t imgferry_history_entry_created(const struct imgferry_history_entry *entry);

/**
 * What was done; "" for NULL.
 *
 * The text lives as long as the history that holds `entry`. Any thread.
 */
const char *imgferry_history_entry_created_by(const struct imgferry_history_entry *entry);

/**
 * The names of the image after this step.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as the
 * history that holds `entry`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_history_entry_tags(const struct imgferry_history_entry *entry);

/**
 * How many bytes it added; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_history_entry_size(const struct imgferry_history_entry *entry);

/**
 * What its maker noted; usually "". "" for NULL.
 *
 * The text lives as long as the history that holds `entry`. Any thread.
 */
const char *imgferry_history_entry_comment(const struct imgferry_history_entry *entry);

/**
 * The engine's whole document, JSON; "" for NULL.
 *
 * The text lives as long as the history that holds `entry`. Any thread.
 */
const char *imgferry_history_entry_document(const struct imgferry_history_entry *entry);

/**
 * Asks the registry, through the engine, what it has under the name
 * `reference`; without a tag and a digest, under "latest". NULL for
 * `credential` is the engine's own; another has NULL as its host. Needs API
 * 1.30, and podman does not have it: ask with an imgferry_registry.
 *
 * On success `*distribution_out` is yours: free it with
 * imgferry_distribution_free. On failure it is NULL: IMGFERRY_NOT_FOUND,
 * IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when the registry says so,
 * IMGFERRY_UNSUPPORTED when the engine does not have it. Any thread.
 */
imgferry_status imgferry_engine_inspect_distribution(const struct imgferry_engine *engine,
                                                     const char *reference,
                                                     const struct imgferry_credential *credential,
                                                     const struct imgferry_call *call,
                                                     struct imgferry_distribution **distribution_out,
                                                     struct imgferry_error **error_out);

/**
 * The digest of the manifest, which is an index for an image of several
 * platforms; "" for NULL.
 *
 * The text lives until `distribution` is freed. Any thread.
 */
const char *imgferry_distribution_digest(const struct imgferry_distribution *distribution);

/**
 * The media type of the manifest; "" for NULL.
 *
 * The text lives until `distribution` is freed. Any thread.
 */
const char *imgferry_distribution_media_type(const struct imgferry_distribution *distribution);

/**
 * The size of the manifest in bytes (not of the image); 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_distribution_size(const struct imgferry_distribution *distribution);

/**
 * The platforms that it is for, each as `os/architecture[/variant]`; empty
 * when the engine does not tell.
 *
 * NULL, which is an empty list, for NULL. The list lives until `distribution`
 * is freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_distribution_platforms(const struct imgferry_distribution *distribution);

/**
 * The engine's whole document, JSON; "" for NULL.
 *
 * The text lives until `distribution` is freed. Any thread.
 */
const char *imgferry_distribution_document(const struct imgferry_distribution *distribution);

/**
 * Frees what a registry has under a name; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_distribution_free(struct imgferry_distribution *distribution);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_list_options_init(struct imgferry_list_options *options,
                                size_t struct_size);

/**
 * Lists the images of the engine. `options` may be NULL.
 *
 * On success `*images_out` is yours: free it with imgferry_image_list_free.
 * On failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the engine does not
 * know a filter, IMGFERRY_UNSUPPORTED when its version does not have an option.
 * Any thread.
 */
imgferry_status imgferry_engine_images(const struct imgferry_engine *engine,
                                       const struct imgferry_list_options *options,
                                       const struct imgferry_call *call,
                                       struct imgferry_image_list **images_out,
                                       struct imgferry_error **error_out);

/**
 * How many images are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_image_list_count(const struct imgferry_image_list *list);

/**
 * The image at `index`, counted from 0, in the order of the engine (usually
 * the newest first); NULL behind the end and for NULL.
 *
 * It lives until `list` is freed; do not free it. Any thread.
 */
const struct imgferry_image_summary *imgferry_image_list_at(const struct imgferry_image_list *list,
                                                            size_t index);

/**
 * Frees a list of images; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_image_list_free(struct imgferry_image_list *list);

/**
 * The image ID: the digest of the config, or on the containerd image store
 * that of the manifest. "" for NULL.
 *
 * The text lives as long as the list that holds `summary`. Any thread.
 */
const char *imgferry_image_summary_id(const struct imgferry_image_summary *summary);

/**
 * The image it was built on; "" when unknown, and for NULL.
 *
 * The text lives as long as the list that holds `summary`. Any thread.
 */
const char *imgferry_image_summary_parent_id(const struct imgferry_image_summary *summary);

/**
 * Its names with tags; empty when it has none.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as the
 * one that holds `summary`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_summary_repo_tags(const struct imgferry_image_summary *summary);

/**
 * Its names with digests.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as the
 * one that holds `summary`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_summary_repo_digests(const struct imgferry_image_summary *summary);

/**
 * How many labels it has; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_image_summary_label_count(const struct imgferry_image_summary *summary);

/**
 * The key of the label at `index`, counted from 0 and sorted by key; "" behind
 * the end and for NULL.
 *
 * The text lives as long as the list that holds `summary`. Any thread.
 */
const char *imgferry_image_summary_label_key_at(const struct imgferry_image_summary *summary,
                                                size_t index);

/**
 * The value of the label at `index`; "" behind the end and for NULL.
 *
 * The text lives as long as the list that holds `summary`. Any thread.
 */
const char *imgferry_image_summary_label_value_at(const struct imgferry_image_summary *summary,
                                                  size_t index);

/**
 * When it was made, in seconds since 1970; 0 for NULL.
 *
 * Any thread.
 */
int64_t imgferry_image_summary_created(const struct imgferry_image_summary *summary);

/**
 * Its size in bytes, as the engine's store counts it; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_image_summary_size(const struct imgferry_image_summary *summary);

/**
 * How many bytes of it other images have, too; -1 unless it was asked for, and
 * for NULL.
 *
 * Any thread.
 */
int64_t imgferry_image_summary_shared_size(const struct imgferry_image_summary *summary);

/**
 * How many containers use it; -1 when the engine does not tell, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_image_summary_containers(const struct imgferry_image_summary *summary);

/**
 * The engine's whole document, JSON; "" for NULL.
 *
 * The text lives as long as the list that holds `summary`. Any thread.
 */
const char *imgferry_image_summary_document(const struct imgferry_image_summary *summary);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_remove_options_init(struct imgferry_remove_options *options,
                                  size_t struct_size);

/**
 * Takes a name from an image, and removes the image when it was its last one;
 * by ID, removes the image. `options` may be NULL.
 *
 * On success `*removed_out` is yours: free it with imgferry_removed_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
 * image, IMGFERRY_CONFLICT when it is in use. Any thread.
 */
imgferry_status imgferry_engine_remove_image(const struct imgferry_engine *engine,
                                             const char *image,
                                             const struct imgferry_remove_options *options,
                                             const struct imgferry_call *call,
                                             struct imgferry_removed **removed_out,
                                             struct imgferry_error **error_out);

/**
 * The names or tags that are gone.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `removed`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_removed_untagged(const struct imgferry_removed *removed);

/**
 * The IDs of images and layers that are gone, or the digests of manifests, with
 * "sha256:".
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `removed`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_removed_deleted(const struct imgferry_removed *removed);

/**
 * Frees the result of a removal that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_removed_free(struct imgferry_removed *removed);

/**
 * Removes images that nobody uses: those without a name, or with the filter
 * "dangling=false" all that no container uses. `filters` are `filter_count`
 * texts of the form "key=value", and (NULL, 0) is none; other keys are "label",
 * "label!" and "until". Needs API 1.25.
 *
 * The engine goes on to the end also when the call is left. On success
 * `*pruned_out` is yours: free it with imgferry_pruned_free. On failure it is
 * NULL: IMGFERRY_INVALID_ARGUMENT when the engine does not know a filter,
 * IMGFERRY_CONFLICT while it prunes already. Any thread.
 */
imgferry_status imgferry_engine_prune_images(const struct imgferry_engine *engine,
                                             const char *const *filters,
                                             size_t filter_count,
                                             const struct imgferry_call *call,
                                             struct imgferry_pruned **pruned_out,
                                             struct imgferry_error **error_out);

/**
 * The names that are gone.
 *
 * NULL, which is an empty list, for NULL. The list lives until `pruned` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pruned_untagged(const struct imgferry_pruned *pruned);

/**
 * The IDs of images and layers that are gone, with "sha256:".
 *
 * NULL, which is an empty list, for NULL. The list lives until `pruned` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pruned_deleted(const struct imgferry_pruned *pruned);

/**
 * How many bytes that freed; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_pruned_space_reclaimed(const struct imgferry_pruned *pruned);

/**
 * Frees the result of a pruning; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_pruned_free(struct imgferry_pruned *pruned);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_search_options_init(struct imgferry_search_options *options,
                                  size_t struct_size);

/**
 * Searches Docker Hub, or the registry whose host stands before the first
 * slash of `term`, for repositories. `options` may be NULL.
 *
 * On success `*results_out` is yours: free it with
 * imgferry_search_result_list_free. On failure it is NULL:
 * IMGFERRY_REGISTRY_UNREACHABLE when the engine cannot speak to the registry;
 * registries without the old search service fail, too. Any thread.
 */
imgferry_status imgferry_engine_search(const struct imgferry_engine *engine,
                                       const char *term,
                                       const struct imgferry_search_options *options,
                                       const struct imgferry_call *call,
                                       struct imgferry_search_result_list **results_out,
                                       struct imgferry_error **error_out);

/**
 * How many repositories are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_search_result_list_count(const struct imgferry_search_result_list *list);

/**
 * The repository at `index`, counted from 0; NULL behind the end and for NULL.
 *
 * It lives until `list` is freed; do not free it. Any thread.
 */
const struct imgferry_search_result *imgferry_search_result_list_at(const struct imgferry_search_result_list *list,
                                                                    size_t index);

/**
 * Frees what a search has found; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_search_result_list_free(struct imgferry_search_result_list *list);

/**
 * Its name; "" for NULL.
 *
 * The text lives as long as the list that holds `result`. Any thread.
 */
const char *imgferry_search_result_name(const struct imgferry_search_result *result);

/**
 * What its owner says of it; "" for NULL.
 *
 * The text lives as long as the list that holds `result`. Any thread.
 */
const char *imgferry_search_result_description(const struct imgferry_search_result *result);

/**
 * How many users like it; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_search_result_star_count(const struct imgferry_search_result *result);

/**
 * Whether Docker publishes it: 1 or 0; 0 for NULL.
 *
 * Any thread.
 */
int32_t imgferry_search_result_is_official(const struct imgferry_search_result *result);

/**
 * Whether the registry built it: 1 or 0; engines since 26 always say 0. 0 for
 * NULL.
 *
 * Any thread.
 */
int32_t imgferry_search_result_is_automated(const struct imgferry_search_result *result);

/**
 * The engine's whole document, JSON; "" for NULL.
 *
 * The text lives as long as the list that holds `result`. Any thread.
 */
const char *imgferry_search_result_document(const struct imgferry_search_result *result);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_registry_options_init(struct imgferry_registry_options *options,
                                    size_t struct_size);

/**
 * The bytes of the manifest, which are JSON and do not end with a NUL byte;
 * NULL for NULL.
 *
 * They live as long as `manifest`. Any thread.
 */
const uint8_t *imgferry_manifest_data(const struct imgferry_manifest *manifest);

/**
 * How many bytes the manifest has; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_manifest_length(const struct imgferry_manifest *manifest);

/**
 * The digest of the bytes, which was verified; "" for NULL.
 *
 * The text lives as long as `manifest`. Any thread.
 */
const char *imgferry_manifest_digest(const struct imgferry_manifest *manifest);

/**
 * The media type, from the document itself or else from the answer that
 * brought it; "" for NULL.
 *
 * The text lives as long as `manifest`. Any thread.
 */
const char *imgferry_manifest_media_type(const struct imgferry_manifest *manifest);

/**
 * Frees a manifest that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_manifest_free(struct imgferry_manifest *manifest);

/**
 * All blobs together, each counted once also when several platforms use it;
 * manifests are not counted. 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_image_size_total(const struct imgferry_image_size *size);

/**
 * The digests of the manifests that the index lists and the registry does not
 * have, because only a part was copied there.
 *
 * NULL, which is an empty list, for NULL. The list lives until `size` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_size_missing(const struct imgferry_image_size *size);

/**
 * How many platforms there are: one for an image that is not an index; 0 for
 * NULL.
 *
 * Any thread.
 */
size_t imgferry_image_size_platform_count(const struct imgferry_image_size *size);

/**
 * The platform at `index`, counted from 0, in the order of the index; NULL
 * behind the end and for NULL.
 *
 * It lives until `size` is freed; do not free it. Any thread.
 */
const struct imgferry_platform_size *imgferry_image_size_platform_at(const struct imgferry_image_size *size,
                                                                     size_t index);

/**
 * Frees the size of an image; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_image_size_free(struct imgferry_image_size *size);

/**
 * The platform, as `os/architecture[/variant]`; "" when only the config of the
 * image says it, and for NULL.
 *
 * The text lives as long as the size that holds `platform`. Any thread.
 */
const char *imgferry_platform_size_platform(const struct imgferry_platform_size *platform);

/**
 * The digest of the manifest of the image for this platform; "" for NULL.
 *
 * The text lives as long as the size that holds `platform`. Any thread.
 */
const char *imgferry_platform_size_digest(const struct imgferry_platform_size *platform);

/**
 * The config and the layers together; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_platform_size_total(const struct imgferry_platform_size *platform);

/**
 * The config alone; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_platform_size_config(const struct imgferry_platform_size *platform);

/**
 * The layers alone, each counted once; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_platform_size_layers(const struct imgferry_platform_size *platform);

/**
 * Layers that are not in the registry, because their licence wants them to be
 * got elsewhere; in no other number. 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_platform_size_foreign(const struct imgferry_platform_size *platform);

/**
 * The registry `host`: a host with or without a port, as in image names, such
 * as "docker.io" or "registry.example:5000". Nothing is sent yet. `options`
 * may be NULL.
 *
 * On success `*registry_out` is yours: free it with imgferry_registry_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the host or an option is
 * not usable. Any thread.
 */
imgferry_status imgferry_registry_new(const char *host,
                                      const struct imgferry_registry_options *options,
                                      struct imgferry_registry **registry_out,
                                      struct imgferry_error **error_out);

/**
 * The registry as image names mention it; "" for NULL.
 *
 * The text lives until `registry` is freed. Any thread.
 */
const char *imgferry_registry_host(const struct imgferry_registry *registry);

/**
 * Asks whether a registry answers there. One that demands a login is one, too;
 * whether the credentials are right is not asked.
 *
 * Fails with IMGFERRY_CONNECT when nothing answers, and with IMGFERRY_PROTOCOL
 * when what answers is no registry. Any thread.
 */
imgferry_status imgferry_registry_ping(const struct imgferry_registry *registry,
                                       const struct imgferry_call *call,
                                       struct imgferry_error **error_out);

/**
 * The digest that the registry has for an image, named with the registry's host
 * as for all functions of a registry; without a tag, for "latest".
 *
 * On success `*digest_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
 * thread.
 */
imgferry_status imgferry_registry_digest(const struct imgferry_registry *registry,
                                         const char *image,
                                         const struct imgferry_call *call,
                                         struct imgferry_text **digest_out,
                                         struct imgferry_error **error_out);

/**
 * How much of the registry an image takes: its config and each of its layers
 * once; for an index, of each platform and of all together.
 *
 * On success `*size_out` is yours: free it with imgferry_image_size_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
 * thread.
 */
imgferry_status imgferry_registry_size(const struct imgferry_registry *registry,
                                       const char *image,
                                       const struct imgferry_call *call,
                                       struct imgferry_image_size **size_out,
                                       struct imgferry_error **error_out);

/**
 * The tags of a repository, sorted; a tag in `repository` does not matter.
 *
 * On success `*tags_out` is yours: free it with imgferry_text_list_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such repository. Any
 * thread.
 */
imgferry_status imgferry_registry_tags(const struct imgferry_registry *registry,
                                       const char *repository,
                                       const struct imgferry_call *call,
                                       struct imgferry_text_list **tags_out,
                                       struct imgferry_error **error_out);

/**
 * The manifest of an image, byte for byte and verified; an image for several
 * platforms has an index as its manifest. Without a tag, that of "latest".
 *
 * On success `*manifest_out` is yours: free it with imgferry_manifest_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
 * IMGFERRY_DIGEST_MISMATCH when the bytes are not what they should be. Any
 * thread.
 */
imgferry_status imgferry_registry_get_manifest(const struct imgferry_registry *registry,
                                               const char *image,
                                               const struct imgferry_call *call,
                                               struct imgferry_manifest **manifest_out,
                                               struct imgferry_error **error_out);

/**
 * Frees a registry; NULL is fine. In a forked child it leaves the parent's
 * connections alone.
 *
 * No other thread may use it any more. What was made from it stays usable.
 */
void imgferry_registry_free(struct imgferry_registry *registry);

/**
 * Asks what the manifest of an image is, without getting it: its digest, its
 * media type and its size. It is the registry's word, and nothing is verified.
 * Registries do not count it as a pull. Without a tag, that of "latest".
 *
 * On success `*head_out` is yours: free it with imgferry_manifest_head_free.
 * On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
 * thread.
 */
imgferry_status imgferry_registry_head_manifest(const struct imgferry_registry *registry,
                                                const char *image,
                                                const struct imgferry_call *call,
                                                struct imgferry_manifest_head **head_out,
                                                struct imgferry_error **error_out);

/**
 * Its digest; "" when the registry does not say it, and for NULL.
 *
 * The text lives until `head` is freed. Any thread.
 */
const char *imgferry_manifest_head_digest(const struct imgferry_manifest_head *head);

/**
 * Its media type; "" when the registry does not say it, and for NULL.
 *
 * The text lives until `head` is freed. Any thread.
 */
const char *imgferry_manifest_head_media_type(const struct imgferry_manifest_head *head);

/**
 * Its size in bytes (not that of the image); -1 when the registry does not say
 * it, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_manifest_head_size(const struct imgferry_manifest_head *head);

/**
 * Frees what a registry says of a manifest; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_manifest_head_free(struct imgferry_manifest_head *head);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_blob_options_init(struct imgferry_blob_options *options,
                                size_t struct_size);

/**
 * The size of a blob in bytes, when the registry has it. `blob` names it as
 * `repository@digest`, such as "registry.example/team/app@sha256:...".
 *
 * On failure `*size_out` is 0: IMGFERRY_NOT_FOUND when the registry does not
 * have it. Any thread.
 */
imgferry_status imgferry_registry_head_blob(const struct imgferry_registry *registry,
                                            const char *blob,
                                            const struct imgferry_call *call,
                                            uint64_t *size_out,
                                            struct imgferry_error **error_out);

/**
 * Asks for a blob, such as a layer, which `blob` names as `repository@digest`;
 * `options` may be NULL. A whole blob is verified: its end, and its last bytes,
 * are given only when it is the one that was asked for. When the connection
 * breaks, reading goes on where it was, on a new one.
 *
 * `call` is for this function only; each imgferry_reader_read has one of its
 * own. On success `*reader_out` is yours: read the blob with
 * imgferry_reader_read, and free it with imgferry_reader_free. On failure it
 * is NULL: IMGFERRY_NOT_FOUND when the registry does not have it,
 * IMGFERRY_DIGEST_MISMATCH when it is not as large as the options say,
 * IMGFERRY_INVALID_ARGUMENT for a part that is not in it. Any thread.
 */
imgferry_status imgferry_registry_get_blob(const struct imgferry_registry *registry,
                                           const char *blob,
                                           const struct imgferry_blob_options *options,
                                           const struct imgferry_call *call,
                                           struct imgferry_reader **reader_out,
                                           struct imgferry_error **error_out);

/**
 * Writes a blob as of imgferry_registry_get_blob to the file `path`, which is
 * in the bytes of the system and need not be UTF-8. `options` may be NULL.
 *
 * The file appears when it is whole, and replaces one that was there; until
 * then its name ends in ".part", and a file of that name, which a killed
 * program leaves, is written over. On success `*saved_out` is yours: free it
 * with imgferry_saved_free. On failure it is NULL, and no part of the blob is
 * left: as imgferry_registry_get_blob and imgferry_reader_read, and IMGFERRY_IO
 * or IMGFERRY_NO_SPACE when the file cannot be written. Any thread.
 */
imgferry_status imgferry_registry_get_blob_path(const struct imgferry_registry *registry,
                                                const char *blob,
                                                const char *path,
                                                const struct imgferry_blob_options *options,
                                                const struct imgferry_call *call,
                                                struct imgferry_saved **saved_out,
                                                struct imgferry_error **error_out);

/**
 * Writes a blob as of imgferry_registry_get_blob to the file descriptor `fd`,
 * from its position on. It is not closed. `options` may be NULL.
 *
 * While a write to it blocks, the call cannot be stopped. On success
 * `*saved_out` is yours: free it with imgferry_saved_free. On failure it is
 * NULL, and a part may have been written: as imgferry_registry_get_blob and
 * imgferry_reader_read, and IMGFERRY_IO or IMGFERRY_NO_SPACE when `fd` cannot
 * be written. Any thread.
 */
imgferry_status imgferry_registry_get_blob_fd(const struct imgferry_registry *registry,
                                              const char *blob,
                                              int fd,
                                              const struct imgferry_blob_options *options,
                                              const struct imgferry_call *call,
                                              struct imgferry_saved **saved_out,
                                              struct imgferry_error **error_out);

/**
 * Gives a blob as of imgferry_registry_get_blob to `write`, piece by piece.
 * `userdata` is given to `write` as it is. `options` may be NULL.
 *
 * On success `*saved_out` is yours: free it with imgferry_saved_free. On
 * failure it is NULL, and a part may have been given: as
 * imgferry_registry_get_blob and imgferry_reader_read, and IMGFERRY_CALLBACK
 * when `write` failed. Any thread.
 */
imgferry_status imgferry_registry_get_blob_stream(const struct imgferry_registry *registry,
                                                  const char *blob,
                                                  imgferry_write_fn write,
                                                  void *userdata,
                                                  const struct imgferry_blob_options *options,
                                                  const struct imgferry_call *call,
                                                  struct imgferry_saved **saved_out,
                                                  struct imgferry_error **error_out);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_upload_options_init(struct imgferry_upload_options *options,
                                  size_t struct_size);

/**
 * Its digest, as manifests name it; "" for NULL.
 *
 * The text lives until `blob` is freed. Any thread.
 */
const char *imgferry_uploaded_blob_digest(const struct imgferry_uploaded_blob *blob);

/**
 * Its size in bytes; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_uploaded_blob_size(const struct imgferry_uploaded_blob *blob);

/**
 * How it came into the repository; 0 for NULL.
 *
 * Any thread.
 */
imgferry_upload_way imgferry_uploaded_blob_way(const struct imgferry_uploaded_blob *blob);

/**
 * How many bytes of it went out, with those that had to be sent again; 0 for
 * NULL.
 *
 * Any thread.
 */
uint64_t imgferry_uploaded_blob_sent(const struct imgferry_uploaded_blob *blob);

/**
 * Frees the result of an upload; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_uploaded_blob_free(struct imgferry_uploaded_blob *blob);

/**
 * Uploads the `length` bytes of `data` as a blob to a repository, unless it is
 * there; a tag in `repository` does not matter. `options` may be NULL.
 *
 * An upload that breaks goes on where the registry can, or begins again, as
 * often as the options of `registry` say; one that fails is given up there.
 *
 * On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
 * On failure it is NULL: IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when you may
 * not upload there, IMGFERRY_INVALID_REFERENCE when the digest in the options
 * is none, IMGFERRY_REGISTRY when it is not that of the content,
 * IMGFERRY_TOO_LARGE when the registry refuses even small chunks. Any thread.
 */
imgferry_status imgferry_registry_put_blob_data(const struct imgferry_registry *registry,
                                                const char *repository,
                                                const uint8_t *data,
                                                size_t length,
                                                const struct imgferry_upload_options *options,
                                                const struct imgferry_call *call,
                                                struct imgferry_uploaded_blob **blob_out,
                                                struct imgferry_error **error_out);

/**
 * As imgferry_registry_put_blob_data, with the content of the file `path`,
 * which is in the bytes of the system and need not be UTF-8. The file must not
 * change meanwhile.
 *
 * On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
 * On failure it is NULL: as there, and IMGFERRY_IO when the file cannot be
 * read. Any thread.
 */
imgferry_status imgferry_registry_put_blob_path(const struct imgferry_registry *registry,
                                                const char *repository,
                                                const char *path,
                                                const struct imgferry_upload_options *options,
                                                const struct imgferry_call *call,
                                                struct imgferry_uploaded_blob **blob_out,
                                                struct imgferry_error **error_out);

/**
 * As imgferry_registry_put_blob_data, with the content of the file descriptor
 * `fd`, which is not closed.
 *
 * A file is read from its beginning, wherever `fd` stands; it must not change,
 * nobody else may move `fd` meanwhile, and where `fd` stands afterwards is not
 * said. What cannot be read twice, such as a pipe, is read from where it is to
 * its end, as by imgferry_registry_put_blob_stream; while a read from it
 * blocks, the call cannot be stopped.
 *
 * On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
 * On failure it is NULL: as there, and IMGFERRY_IO when `fd` cannot be read.
 * Any thread.
 */
imgferry_status imgferry_registry_put_blob_fd(const struct imgferry_registry *registry,
                                              const char *repository,
                                              int fd,
                                              const struct imgferry_upload_options *options,
                                              const struct imgferry_call *call,
                                              struct imgferry_uploaded_blob **blob_out,
                                              struct imgferry_error **error_out);

/**
 * As imgferry_registry_put_blob_data, with the content that `read` gives.
 * `userdata` is given to `read` as it is.
 *
 * A registry wants to know size and digest before it takes the content, so
 * all of it goes through a file without a name in the folder of the
 * environment's TMPDIR, or else /tmp, before anything is sent.
 *
 * On success `*blob_out` is yours: free it with imgferry_uploaded_blob_free.
 * On failure it is NULL: as there, and IMGFERRY_CALLBACK when `read` failed,
 * IMGFERRY_DIGEST_MISMATCH when the digest in the options is another one,
 * IMGFERRY_IO or IMGFERRY_NO_SPACE when that file cannot be written. Any
 * thread.
 */
imgferry_status imgferry_registry_put_blob_stream(const struct imgferry_registry *registry,
                                                  const char *repository,
                                                  imgferry_read_fn read,
                                                  void *userdata,
                                                  const struct imgferry_upload_options *options,
                                                  const struct imgferry_call *call,
                                                  struct imgferry_uploaded_blob **blob_out,
                                                  struct imgferry_error **error_out);

/**
 * Makes a blob of the repository `from`, such as "team/base", available in
 * another one of the same registry, without sending it. `blob` names it as
 * `repository@digest`, where it shall be.
 *
 * On success `*mounted_out` is 1, or 0 when the registry did not do it, for
 * whatever reason: it cannot, or `from` does not have the blob or is the same
 * repository, or you may not read it there, or not upload to the repository of
 * `blob`. On failure it is 0: IMGFERRY_INVALID_ARGUMENT when `blob` has no
 * digest, that or IMGFERRY_INVALID_REFERENCE when `from` is not the name of a
 * repository, IMGFERRY_CONNECT when nothing answers. Any thread.
 */
imgferry_status imgferry_registry_mount_blob(const struct imgferry_registry *registry,
                                             const char *blob,
                                             const char *from,
                                             const struct imgferry_call *call,
                                             int32_t *mounted_out,
                                             struct imgferry_error **error_out);

/**
 * Puts a manifest or an index, the `length` bytes of `manifest`, under the tag
 * of `reference`, or else under its own digest, which a `reference` with a
 * digest must have. It is sent byte for byte as `media_type`, such as
 * "application/vnd.oci.image.manifest.v1+json"; what it refers to must be
 * there. Tells its digest. A manifest with a "subject" is also noted under
 * that one's tag "sha256-...", where the registry lists no referrers itself.
 *
 * On success `*digest_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT, and nothing was sent, when it
 * is not JSON, says another media type or has another digest; IMGFERRY_REGISTRY
 * when something that it refers to is not there; IMGFERRY_UNAUTHORIZED or
 * IMGFERRY_DENIED when you may not put it there. Any thread.
 */
imgferry_status imgferry_registry_put_manifest(const struct imgferry_registry *registry,
                                               const char *reference,
                                               const char *media_type,
                                               const uint8_t *manifest,
                                               size_t length,
                                               const struct imgferry_call *call,
                                               struct imgferry_text **digest_out,
                                               struct imgferry_error **error_out);

/**
 * Removes the manifest of an image, and with it every tag of that manifest;
 * tells the digest that was removed. A manifest with a "subject" is also
 * taken out of the list under that one's tag "sha256-...", where the registry
 * lists no referrers itself.
 *
 * On success `*digest_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
 * IMGFERRY_UNSUPPORTED when the registry does not delete. Any thread.
 */
imgferry_status imgferry_registry_delete_manifest(const struct imgferry_registry *registry,
                                                  const char *image,
                                                  const struct imgferry_call *call,
                                                  struct imgferry_text **digest_out,
                                                  struct imgferry_error **error_out);

/**
 * Removes a tag (without one, "latest"); what it names stays, and its other
 * tags. It never falls back to removing more.
 *
 * Fails with IMGFERRY_NOT_FOUND when there is no such tag, with
 * IMGFERRY_UNSUPPORTED when the registry removes whole manifests only, and with
 * IMGFERRY_INVALID_ARGUMENT for an image with a digest. Any thread.
 */
imgferry_status imgferry_registry_delete_tag(const struct imgferry_registry *registry,
                                             const char *image,
                                             const struct imgferry_call *call,
                                             struct imgferry_error **error_out);

/**
 * Removes everything that has a tag in a repository, with all the tags; a tag
 * in `repository` does not matter. Tells the tags that were removed.
 *
 * On success `*tags_out` is yours: free it with imgferry_text_list_free. On
 * failure it is NULL, and some may be gone: IMGFERRY_NOT_FOUND when there is no
 * such repository, IMGFERRY_UNSUPPORTED when the registry does not delete. Any
 * thread.
 */
imgferry_status imgferry_registry_delete_all_tags(const struct imgferry_registry *registry,
                                                  const char *repository,
                                                  const struct imgferry_call *call,
                                                  struct imgferry_text_list **tags_out,
                                                  struct imgferry_error **error_out);

/**
 * Removes a blob, which `blob` names as `repository@digest`, from a
 * repository. Manifests that refer to it are broken then; mostly the
 * registry's own garbage collection removes blobs.
 *
 * Fails with IMGFERRY_NOT_FOUND when it is not there, and with
 * IMGFERRY_UNSUPPORTED when the registry does not delete. Any thread.
 */
imgferry_status imgferry_registry_delete_blob(const struct imgferry_registry *registry,
                                              const char *blob,
                                              const struct imgferry_call *call,
                                              struct imgferry_error **error_out);

/**
 * Lists the tags of a repository one after the other, in the order of the
 * registry; a tag in `repository` does not matter. Nothing is sent before the
 * first one is asked for. imgferry_registry_tags gives all at once, sorted.
 *
 * On success `*names_out` is yours: get the tags with imgferry_names_next, and
 * free it with imgferry_names_free. On failure it is NULL:
 * IMGFERRY_INVALID_ARGUMENT when `repository` is of another registry. Any
 * thread.
 */
imgferry_status imgferry_registry_list_tags(const struct imgferry_registry *registry,
                                            const char *repository,
                                            struct imgferry_names **names_out,
                                            struct imgferry_error **error_out);

/**
 * Lists the repositories of the registry one after the other, in its order,
 * each without the registry's host. Nothing is sent before the first one is
 * asked for.
 *
 * On success `*names_out` is yours: get the repositories with
 * imgferry_names_next, and free it with imgferry_names_free. On failure it is
 * NULL. Getting the first one fails with IMGFERRY_UNSUPPORTED where the
 * registry does not show them to this account: Docker Hub, GitHub and GitLab
 * show them to nobody. Any thread.
 */
imgferry_status imgferry_registry_repositories(const struct imgferry_registry *registry,
                                               struct imgferry_names **names_out,
                                               struct imgferry_error **error_out);

/**
 * The next name; IMGFERRY_OK with NULL in `*name_out` after the last one. A
 * page is asked for when its first name is wanted, so most calls send nothing.
 *
 * `call` is for this name only. On success `*name_out` is NULL or yours: free
 * it with imgferry_text_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
 * there is no such repository. After a failure to get a page, every later call
 * fails with IMGFERRY_INVALID_STATE: begin anew. One thread at a time.
 */
imgferry_status imgferry_names_next(struct imgferry_names *names,
                                    const struct imgferry_call *call,
                                    struct imgferry_text **name_out,
                                    struct imgferry_error **error_out);

/**
 * Frees a list of names, also in its middle; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_names_free(struct imgferry_names *names);

/**
 * The platforms that an image is for, in the order of its index; one for an
 * image that is not an index.
 *
 * On success `*platforms_out` is yours: free it with
 * imgferry_image_platform_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND
 * when there is no such image, IMGFERRY_UNSUPPORTED when it is not an image.
 * Any thread.
 */
imgferry_status imgferry_registry_platforms(const struct imgferry_registry *registry,
                                            const char *image,
                                            const struct imgferry_call *call,
                                            struct imgferry_image_platform_list **platforms_out,
                                            struct imgferry_error **error_out);

/**
 * How many platforms are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_image_platform_list_count(const struct imgferry_image_platform_list *list);

/**
 * The platform at `index`, counted from 0; NULL behind the end and for NULL.
 *
 * It lives as long as the list; do not free it. Any thread.
 */
const struct imgferry_image_platform *imgferry_image_platform_list_at(const struct imgferry_image_platform_list *list,
                                                                      size_t index);

/**
 * Frees a list of platforms that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_image_platform_list_free(struct imgferry_image_platform_list *list);

/**
 * What it runs on, as `os/architecture[/variant]`, which options and arguments
 * for platforms take; "" for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_platform(const struct imgferry_image_platform *image);

/**
 * The operating system, such as "linux"; "" for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_os(const struct imgferry_image_platform *image);

/**
 * The processor, such as "amd64"; "" for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_architecture(const struct imgferry_image_platform *image);

/**
 * The variant of the processor, such as "v7"; often "". "" for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_variant(const struct imgferry_image_platform *image);

/**
 * The version of the operating system, which only Windows images have; else "",
 * and for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_os_version(const struct imgferry_image_platform *image);

/**
 * What the operating system must offer, which only Windows images say.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as the one
 * that holds `image`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_platform_os_features(const struct imgferry_image_platform *image);

/**
 * The digest of its manifest; "" for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_image_platform_digest(const struct imgferry_image_platform *image);

/**
 * The config of the image for `platform`, which is `os/arch[/variant]`, such as
 * "linux/arm64", and may be NULL: then it is for Linux and the processor of
 * this machine, or whatever an image is for that is not an index.
 *
 * On success `*config_out` is yours: free it with imgferry_image_config_free.
 * On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
 * IMGFERRY_PLATFORM when there is none for the platform, IMGFERRY_UNSUPPORTED
 * when it is not an image. Any thread.
 */
imgferry_status imgferry_registry_image_config(const struct imgferry_registry *registry,
                                               const char *image,
                                               const char *platform,
                                               const struct imgferry_call *call,
                                               struct imgferry_image_config **config_out,
                                               struct imgferry_error **error_out);

/**
 * What it runs on, as `os/architecture[/variant]`; "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_platform(const struct imgferry_image_config *config);

/**
 * The operating system, such as "linux"; "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_os(const struct imgferry_image_config *config);

/**
 * The processor, such as "amd64"; "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_architecture(const struct imgferry_image_config *config);

/**
 * The variant of the processor, such as "v7"; often "". "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_variant(const struct imgferry_image_config *config);

/**
 * When it was made, in RFC 3339; "" when it does not say, and for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_created(const struct imgferry_image_config *config);

/**
 * Who made it; usually "". "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_author(const struct imgferry_image_config *config);

/**
 * How many labels it has; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_image_config_label_count(const struct imgferry_image_config *config);

/**
 * The key of the label at `index`, counted from 0 and sorted by key; ""
 * behind the end and for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_label_key_at(const struct imgferry_image_config *config,
                                               size_t index);

/**
 * The value of the label at `index`; "" behind the end and for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_label_value_at(const struct imgferry_image_config *config,
                                                 size_t index);

/**
 * Its environment, each as `NAME=value`.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_env(const struct imgferry_image_config *config);

/**
 * The program that is run, with its first arguments.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_entrypoint(const struct imgferry_image_config *config);

/**
 * The arguments that follow, or the program when there is no entry point.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_cmd(const struct imgferry_image_config *config);

/**
 * The folder in which it is run; "" is the root. "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_working_dir(const struct imgferry_image_config *config);

/**
 * As whom it is run, a name or a number, perhaps with a group, such as
 * "1000:1000"; "" is root. "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_user(const struct imgferry_image_config *config);

/**
 * The ports it listens at, each as `number/protocol`.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_exposed_ports(const struct imgferry_image_config *config);

/**
 * The folders that are to be volumes.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_volumes(const struct imgferry_image_config *config);

/**
 * The diff IDs of its layers, which are the digests of their uncompressed
 * bytes, the lowest first.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as
 * `config`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_image_config_diff_ids(const struct imgferry_image_config *config);

/**
 * The whole document, JSON; "" for NULL.
 *
 * The text lives as long as `config`. Any thread.
 */
const char *imgferry_image_config_document(const struct imgferry_image_config *config);

/**
 * Frees the config of an image that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_image_config_free(struct imgferry_image_config *config);

/**
 * Tells what the registry has under a tag (without one, "latest") or a digest:
 * what it is, for which platforms, how large, and when it was made.
 *
 * On success `*info_out` is yours: free it with imgferry_tag_info_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image. Any
 * thread.
 */
imgferry_status imgferry_registry_tag_info(const struct imgferry_registry *registry,
                                           const char *image,
                                           const struct imgferry_call *call,
                                           struct imgferry_tag_info **info_out,
                                           struct imgferry_error **error_out);

/**
 * The tag; "" when it was asked for by digest, and for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_tag(const struct imgferry_tag_info *info);

/**
 * The digest of its manifest or index; "" for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_digest(const struct imgferry_tag_info *info);

/**
 * The media type of its manifest or index; "" for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_media_type(const struct imgferry_tag_info *info);

/**
 * The size of its manifest or index in bytes (not of the image); 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_tag_info_manifest_size(const struct imgferry_tag_info *info);

/**
 * What kind of artifact it is; "" for an image, and for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_artifact_type(const struct imgferry_tag_info *info);

/**
 * The platforms that it is for; empty for what is not an image.
 *
 * NULL, which is an empty list, for NULL. The list lives until `info` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_image_platform_list *imgferry_tag_info_platforms(const struct imgferry_tag_info *info);

/**
 * When it was made, in RFC 3339; "" when it does not say, and for NULL. Of
 * several platforms, that of this machine counts, else the first.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_created(const struct imgferry_tag_info *info);

/**
 * How many labels it has, of the same platform; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_tag_info_label_count(const struct imgferry_tag_info *info);

/**
 * The key of the label at `index`, counted from 0 and sorted by key; ""
 * behind the end and for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_label_key_at(const struct imgferry_tag_info *info,
                                           size_t index);

/**
 * The value of the label at `index`; "" behind the end and for NULL.
 *
 * The text lives until `info` is freed. Any thread.
 */
const char *imgferry_tag_info_label_value_at(const struct imgferry_tag_info *info,
                                             size_t index);

/**
 * How much of the registry it takes.
 *
 * NULL for NULL. It lives until `info` is freed; do not free it. Any thread.
 */
const struct imgferry_image_size *imgferry_tag_info_size(const struct imgferry_tag_info *info);

/**
 * Frees what a registry has under a tag; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_tag_info_free(struct imgferry_tag_info *info);

/**
 * The manifests that refer to the manifest of an image, such as signatures and
 * bills of materials; none when nothing does. `artifact_type` may be NULL: then
 * of any type. Without a tag, of "latest".
 *
 * On success `*referrers_out` is yours: free it with
 * imgferry_descriptor_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
 * there is no such tag. Any thread.
 */
imgferry_status imgferry_registry_referrers(const struct imgferry_registry *registry,
                                            const char *image,
                                            const char *artifact_type,
                                            const struct imgferry_call *call,
                                            struct imgferry_descriptor_list **referrers_out,
                                            struct imgferry_error **error_out);

/**
 * How many descriptors are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_descriptor_list_count(const struct imgferry_descriptor_list *list);

/**
 * The descriptor at `index`, counted from 0, in the order of the registry or
 * manifest; NULL behind the end and for NULL.
 *
 * It lives as long as `list`; do not free it. Any thread.
 */
const struct imgferry_descriptor *imgferry_descriptor_list_at(const struct imgferry_descriptor_list *list,
                                                              size_t index);

/**
 * Frees a list of descriptors that you own; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_descriptor_list_free(struct imgferry_descriptor_list *list);

/**
 * Its media type; "" when nobody says it, and for NULL.
 *
 * The text lives as long as the list that holds `descriptor`. Any thread.
 */
const char *imgferry_descriptor_media_type(const struct imgferry_descriptor *descriptor);

/**
 * Its digest; "" for NULL.
 *
 * The text lives as long as the list that holds `descriptor`. Any thread.
 */
const char *imgferry_descriptor_digest(const struct imgferry_descriptor *descriptor);

/**
 * Its size in bytes, of a manifest that of the manifest alone; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_descriptor_size(const struct imgferry_descriptor *descriptor);

/**
 * Other places to get the content from, of a layer that is kept elsewhere.
 *
 * NULL, which is an empty list, for NULL. The list lives as long as the one
 * that holds `descriptor`; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_descriptor_urls(const struct imgferry_descriptor *descriptor);

/**
 * What kind of artifact it is; "" for an image, and for NULL.
 *
 * The text lives as long as the list that holds `descriptor`. Any thread.
 */
const char *imgferry_descriptor_artifact_type(const struct imgferry_descriptor *descriptor);

/**
 * How many annotations (free notes) it has; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_descriptor_annotation_count(const struct imgferry_descriptor *descriptor);

/**
 * The key of the annotation at `index`, counted from 0 and sorted by key; ""
 * behind the end and for NULL.
 *
 * The text lives as long as the list that holds `descriptor`. Any thread.
 */
const char *imgferry_descriptor_annotation_key_at(const struct imgferry_descriptor *descriptor,
                                                  size_t index);

/**
 * The value of the annotation at `index`; "" behind the end and for NULL.
 *
 * The text lives as long as the list that holds `descriptor`. Any thread.
 */
const char *imgferry_descriptor_annotation_value_at(const struct imgferry_descriptor *descriptor,
                                                    size_t index);

/**
 * Shows the credentials for the registry once. `*accepted_out` is 1 when they
 * were accepted, and 0 when the registry demands none, so that nobody looked at
 * them.
 *
 * On failure `*accepted_out` is 0: IMGFERRY_UNAUTHORIZED when they are refused,
 * or when there are none and the registry demands some. Any thread.
 */
imgferry_status imgferry_registry_check_login(const struct imgferry_registry *registry,
                                              const struct imgferry_call *call,
                                              int32_t *accepted_out,
                                              struct imgferry_error **error_out);

/**
 * What the registry said last of how often it may be asked, to any call with
 * this handle; IMGFERRY_OK with NULL in `*rate_limit_out` when it did not say
 * anything yet. Nothing is sent.
 *
 * On success `*rate_limit_out` is NULL or yours: free it with
 * imgferry_rate_limit_free. On failure it is NULL. Any thread.
 */
imgferry_status imgferry_registry_rate_limit(const struct imgferry_registry *registry,
                                             struct imgferry_rate_limit **rate_limit_out,
                                             struct imgferry_error **error_out);

/**
 * How many requests of the counted kind (on Docker Hub: pulls) are allowed in a
 * window of time; -1 when the registry does not say it, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_rate_limit_limit(const struct imgferry_rate_limit *rate_limit);

/**
 * How many of them are left; -1 when the registry does not say it, and for
 * NULL.
 *
 * Any thread.
 */
int64_t imgferry_rate_limit_remaining(const struct imgferry_rate_limit *rate_limit);

/**
 * The time for which they are counted, in milliseconds; -1 when the registry
 * does not say it, and for NULL.
 *
 * Any thread.
 */
int64_t imgferry_rate_limit_window_ms(const struct imgferry_rate_limit *rate_limit);

/**
 * Whom the registry counts them for, an address or an account; "" when it does
 * not say it, and for NULL.
 *
 * The text lives until `rate_limit` is freed. Any thread.
 */
const char *imgferry_rate_limit_source(const struct imgferry_rate_limit *rate_limit);

/**
 * Frees how often a registry may be asked; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_rate_limit_free(struct imgferry_rate_limit *rate_limit);

/**
 * Gives `token`, which is copied at once. A newline at its end does not belong
 * to it. A second one replaces the first.
 *
 * Fails with IMGFERRY_INVALID_ARGUMENT when it is not UTF-8. One that is empty
 * or has control characters ends the call that needs it, with
 * IMGFERRY_CREDENTIALS. Only on the thread of the callback, and before that
 * returns.
 */
imgferry_status imgferry_token_reply_set(struct imgferry_token_reply *reply,
                                         const char *token,
                                         struct imgferry_error **error_out);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_config_options_init(struct imgferry_config_options *options,
                                  size_t struct_size);

/**
 * Reads a configuration from its text, whose form the head of this file shows.
 * A relative "token_file" is relative to the working directory of now.
 * `options` may be NULL.
 *
 * On success `*config_out` is yours: free it with imgferry_config_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT, with the place in the text,
 * when that is not as it should be, or when an option is not usable. Any
 * thread.
 */
imgferry_status imgferry_config_parse(const char *json,
                                      const struct imgferry_config_options *options,
                                      struct imgferry_config **config_out,
                                      struct imgferry_error **error_out);

/**
 * Reads a configuration, whose form the head of this file shows, from the file
 * `path`, which is in the bytes of the system and need not be UTF-8. A relative
 * "token_file" is relative to the folder of that file. `options` may be NULL.
 *
 * On success `*config_out` is yours: free it with imgferry_config_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the file cannot be read
 * or is not as it should be, or when an option is not usable. Any thread.
 */
imgferry_status imgferry_config_read(const char *path,
                                     const struct imgferry_config_options *options,
                                     struct imgferry_config **config_out,
                                     struct imgferry_error **error_out);

/**
 * The configuration that the environment leads to: the file that
 * IMGFERRY_CONFIG names; without that variable imgferry/config.json below
 * XDG_CONFIG_HOME or ~/.config (by HOME), when it is there; else an empty one.
 * IMGFERRY_CLUSTER, IMGFERRY_ORG, IMGFERRY_PROJECT, IMGFERRY_USERNAME, and
 * IMGFERRY_TOKEN or IMGFERRY_TOKEN_FILE take the place of what the file says
 * for all clusters, and `options`, which may be NULL, take the place of both.
 * No other thread may change the environment meanwhile.
 *
 * On success `*config_out` is yours: free it with imgferry_config_free. On
 * failure it is NULL: IMGFERRY_INVALID_ARGUMENT when the file that is named is
 * not there, when a file cannot be read or is not as it should be, or when a
 * variable or an option is not usable. Any thread.
 */
imgferry_status imgferry_config_from_env(const struct imgferry_config_options *options,
                                         struct imgferry_config **config_out,
                                         struct imgferry_error **error_out);

/**
 * The current cluster; "" when none is named, and for NULL.
 *
 * The text lives until `config` is freed. Any thread.
 */
const char *imgferry_config_cluster_name(const struct imgferry_config *config);

/**
 * The current organization; "" when none is named, and for NULL.
 *
 * The text lives until `config` is freed. Any thread.
 */
const char *imgferry_config_org_name(const struct imgferry_config *config);

/**
 * The current project; "" when none is named, and for NULL.
 *
 * The text lives until `config` is freed. Any thread.
 */
const char *imgferry_config_project_name(const struct imgferry_config *config);

/**
 * How many clusters there are; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_config_cluster_count(const struct imgferry_config *config);

/**
 * The name of the cluster at `index`, counted from 0, sorted by name; "" behind
 * the end and for NULL.
 *
 * The text lives until `config` is freed. Any thread.
 */
const char *imgferry_config_cluster_name_at(const struct imgferry_config *config,
                                            size_t index);

/**
 * Where the registry of the cluster at `index` is, as it was written; "" behind
 * the end and for NULL.
 *
 * The text lives until `config` is freed. Any thread.
 */
const char *imgferry_config_registry_url_at(const struct imgferry_config *config,
                                            size_t index);

/**
 * Frees a configuration; NULL is fine. What was made from it stays usable, and
 * keeps the userdata of its token callback. In a forked child it leaves that
 * userdata alone.
 *
 * No other thread may use it any more.
 */
void imgferry_config_free(struct imgferry_config *config);

/**
 * Reads the name of a remote image in any of the forms that the head of this
 * file shows.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE, with the place and the
 * rule, when `text` has none of the forms, names an unknown cluster, leaves out
 * what is not current, or has a tag that `tag_option` does not allow. Any
 * thread.
 */
imgferry_status imgferry_config_remote_image(const struct imgferry_config *config,
                                             const char *text,
                                             imgferry_tag_option tag_option,
                                             struct imgferry_remote_image **image_out,
                                             struct imgferry_error **error_out);

/**
 * Reads the name of a remote image that belongs to a cluster.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL, as for imgferry_config_remote_image, and for images of
 * no cluster. Any thread.
 */
imgferry_status imgferry_config_platform_image(const struct imgferry_config *config,
                                               const char *text,
                                               imgferry_tag_option tag_option,
                                               struct imgferry_remote_image **image_out,
                                               struct imgferry_error **error_out);

/**
 * Reads the name of a local image, or an image ID, which has no tag.
 *
 * On success `*image_out` is yours: free it with imgferry_local_image_free. On
 * failure it is NULL: IMGFERRY_INVALID_REFERENCE, with the place and the rule,
 * when `text` is neither, or has a tag that `tag_option` does not allow. Any
 * thread.
 */
imgferry_status imgferry_config_local_image(const struct imgferry_config *config,
                                            const char *text,
                                            imgferry_tag_option tag_option,
                                            struct imgferry_local_image **image_out,
                                            struct imgferry_error **error_out);

/**
 * The remote image that `local` is pushed to when none is named: of the current
 * project, or where the registry in its name says. A missing tag stays missing.
 *
 * On success `*image_out` is yours: free it with imgferry_remote_image_free.
 * On failure it is NULL: IMGFERRY_INVALID_REFERENCE for an image ID, and when
 * the name cannot follow that of a project. Any thread.
 */
imgferry_status imgferry_config_to_platform_image(const struct imgferry_config *config,
                                                  const char *local,
                                                  struct imgferry_remote_image **image_out,
                                                  struct imgferry_error **error_out);

/**
 * The local image that `remote` is pulled as when none is named: its short name
 * when it is of the current project, and else the name that Docker has for it.
 * A missing tag stays missing.
 *
 * On success `*image_out` is yours: free it with imgferry_local_image_free. On
 * failure it is NULL: IMGFERRY_INVALID_REFERENCE when `remote` is no remote
 * image, and when no local name would lead back to it. Any thread.
 */
imgferry_status imgferry_config_to_local_image(const struct imgferry_config *config,
                                               const char *remote,
                                               struct imgferry_local_image **image_out,
                                               struct imgferry_error **error_out);

/**
 * The tag; "" for NULL.
 *
 * The text lives until `tag` is freed. Any thread.
 */
const char *imgferry_tag_name(const struct imgferry_tag *tag);

/**
 * The size of its image in the registry, in bytes; 0 for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_tag_size(const struct imgferry_tag *tag);

/**
 * Frees a tag; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_tag_free(struct imgferry_tag *tag);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_push_image_options_init(struct imgferry_push_image_options *options,
                                      size_t struct_size);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_pull_image_options_init(struct imgferry_pull_image_options *options,
                                      size_t struct_size);

/**
 * The image in the registry, with its tag.
 *
 * NULL for NULL. It lives until `pushed` is freed; do not free it. Any thread.
 */
const struct imgferry_remote_image *imgferry_pushed_image_image(const struct imgferry_pushed_image *pushed);

/**
 * The digest of its manifest; "" when neither the engine nor the registry
 * told, which is also a warning, and for NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_image_digest(const struct imgferry_pushed_image *pushed);

/**
 * The size of its manifest in bytes (not of the image); -1 when unknown, and
 * for NULL.
 *
 * Any thread.
 */
int64_t imgferry_pushed_image_manifest_size(const struct imgferry_pushed_image *pushed);

/**
 * Which way it went: IMGFERRY_PUSH_ENGINE, also for NULL, or
 * IMGFERRY_PUSH_DIRECT.
 *
 * Any thread.
 */
imgferry_push_via imgferry_pushed_image_via(const struct imgferry_pushed_image *pushed);

/**
 * Why it went that way, in words; "" when it was asked for, and for NULL.
 *
 * The text lives until `pushed` is freed. Any thread.
 */
const char *imgferry_pushed_image_reason(const struct imgferry_pushed_image *pushed);

/**
 * What was noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `pushed` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pushed_image_warnings(const struct imgferry_pushed_image *pushed);

/**
 * Frees the result of a push; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_pushed_image_free(struct imgferry_pushed_image *pushed);

/**
 * The image in the engine.
 *
 * NULL for NULL. It lives until `pulled` is freed; do not free it. Any thread.
 */
const struct imgferry_local_image *imgferry_pulled_image_image(const struct imgferry_pulled_image *pulled);

/**
 * Its ID in the engine; "" for NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_image_id(const struct imgferry_pulled_image *pulled);

/**
 * The digest of what the remote name stood for; "" when nobody told, and for
 * NULL.
 *
 * The text lives until `pulled` is freed. Any thread.
 */
const char *imgferry_pulled_image_digest(const struct imgferry_pulled_image *pulled);

/**
 * Whether the engine had the image already: 1 or 0; 0 for NULL.
 *
 * Any thread.
 */
int32_t imgferry_pulled_image_up_to_date(const struct imgferry_pulled_image *pulled);

/**
 * What was noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `pulled` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_pulled_image_warnings(const struct imgferry_pulled_image *pulled);

/**
 * Frees the result of a pull; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_pulled_image_free(struct imgferry_pulled_image *pulled);

/**
 * How many images are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_remote_image_list_count(const struct imgferry_remote_image_list *list);

/**
 * The image at `index`, counted from 0; NULL behind the end and for NULL.
 *
 * It lives until `list` is freed; do not free it. Any thread.
 */
const struct imgferry_remote_image *imgferry_remote_image_list_at(const struct imgferry_remote_image_list *list,
                                                                  size_t index);

/**
 * Frees a list of images and the images in it; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_remote_image_list_free(struct imgferry_remote_image_list *list);

/**
 * Uses `engine` for transfers, and `options`, which may be NULL, for every
 * registry. The credentials are also given to the engine, each for its own
 * registry only; a registry for which the options have none gets the engine's
 * own from it. A certificate and headers are shown to each registry that is
 * asked; `certificate_folders` have a certificate for each. Nothing is sent
 * yet.
 *
 * With `config`, which may be NULL, remote images can be named as the head of
 * this file shows, such as "image:app:1", and the registries of its clusters
 * get its logins, where `options` give no other one for them.
 *
 * On success `*images_out` is yours: free it with imgferry_images_free;
 * `engine` and `config` stay yours and may be freed before. On failure it is
 * NULL: IMGFERRY_INVALID_ARGUMENT when the configuration contradicts itself.
 * Any thread.
 */
imgferry_status imgferry_images_new(const struct imgferry_engine *engine,
                                    const struct imgferry_config *config,
                                    const struct imgferry_registry_options *options,
                                    struct imgferry_images **images_out,
                                    struct imgferry_error **error_out);

/**
 * Pushes the image that the engine knows as `local` to `remote`. NULL for
 * `remote` is the image of that name in the current project of the
 * configuration, and without one the registry in the local name. A missing tag
 * is "latest".
 *
 * The image gets the remote name for the time of the push. Afterwards the
 * engine's names are what they were, also after a failure or a cancel, unless
 * `options`, which may be NULL, say otherwise. What could not be given back
 * stands in the warnings or in the error. A push or a pull of the same remote
 * name through `images` is waited for.
 *
 * On success `*pushed_out` is yours: free it with imgferry_pushed_image_free.
 * On failure it is NULL: IMGFERRY_NOT_FOUND when the engine does not have the
 * image, IMGFERRY_UNAUTHORIZED, IMGFERRY_DENIED, IMGFERRY_TOO_LARGE or
 * IMGFERRY_RATE_LIMITED when the registry refuses, IMGFERRY_INVALID_ARGUMENT
 * for a `remote` with a digest. Any thread.
 */
imgferry_status imgferry_images_push(const struct imgferry_images *images,
                                     const char *local,
                                     const char *remote,
                                     const struct imgferry_push_image_options *options,
                                     const struct imgferry_call *call,
                                     struct imgferry_pushed_image **pushed_out,
                                     struct imgferry_error **error_out);

/**
 * Pulls `remote` into the engine, which then knows it as `local`. NULL for
 * `local` is its short name when it is of the current project of the
 * configuration, and else the name that Docker has for it. A missing tag is
 * "latest".
 *
 * Afterwards only the local name is new in the engine, and after a failure or
 * a cancel nothing. An image that had the local name loses it, and stays. What
 * could not be tidied up stands in the warnings or in the error. A push or a
 * pull of the same remote name through `images` is waited for. `options` may
 * be NULL.
 *
 * On success `*pulled_out` is yours: free it with imgferry_pulled_image_free.
 * On failure it is NULL: IMGFERRY_NOT_FOUND, IMGFERRY_UNAUTHORIZED,
 * IMGFERRY_DENIED or IMGFERRY_RATE_LIMITED when the registry says so,
 * IMGFERRY_PLATFORM when it has no image for the platform,
 * IMGFERRY_INVALID_ARGUMENT for a `local` that no image can be given. Any
 * thread.
 */
imgferry_status imgferry_images_pull(const struct imgferry_images *images,
                                     const char *remote,
                                     const char *local,
                                     const struct imgferry_pull_image_options *options,
                                     const struct imgferry_call *call,
                                     struct imgferry_pulled_image **pulled_out,
                                     struct imgferry_error **error_out);

/**
 * The digest of an image in its registry; without a tag, that of "latest".
 *
 * On success `*digest_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when the registry does not have it,
 * IMGFERRY_UNAUTHORIZED or IMGFERRY_DENIED when it refuses. Any thread.
 */
imgferry_status imgferry_images_digest(const struct imgferry_images *images,
                                       const char *remote,
                                       const struct imgferry_call *call,
                                       struct imgferry_text **digest_out,
                                       struct imgferry_error **error_out);

/**
 * The size of an image in its registry.
 *
 * On success `*size_out` is yours: free it with imgferry_image_size_free. On
 * failure it is NULL, as for imgferry_images_digest. Any thread.
 */
imgferry_status imgferry_images_size(const struct imgferry_images *images,
                                     const char *remote,
                                     const struct imgferry_call *call,
                                     struct imgferry_image_size **size_out,
                                     struct imgferry_error **error_out);

/**
 * The images of a cluster's registry, without tags and sorted; NULL for
 * `cluster_name` is the current cluster. What no image can be called is left
 * out.
 *
 * On success `*images_out` is yours: free it with
 * imgferry_remote_image_list_free. On failure it is NULL:
 * IMGFERRY_INVALID_ARGUMENT for an unknown cluster, and when none is current;
 * IMGFERRY_UNSUPPORTED where the registry does not show its images to this
 * account. Any thread.
 */
imgferry_status imgferry_images_list(const struct imgferry_images *images,
                                     const char *cluster_name,
                                     const struct imgferry_call *call,
                                     struct imgferry_remote_image_list **images_out,
                                     struct imgferry_error **error_out);

/**
 * The tag of an image, "latest" when it has none, and its size in its registry.
 *
 * On success `*tag_out` is yours: free it with imgferry_tag_free. On failure it
 * is NULL, as for imgferry_images_digest. Any thread.
 */
imgferry_status imgferry_images_tag_info(const struct imgferry_images *images,
                                         const char *remote,
                                         const struct imgferry_call *call,
                                         struct imgferry_tag **tag_out,
                                         struct imgferry_error **error_out);

/**
 * The client for the registry of an image, for everything that a registry can
 * do. Nothing is sent.
 *
 * On success `*registry_out` is yours: free it with imgferry_registry_free. On
 * failure it is NULL. Any thread.
 */
imgferry_status imgferry_images_registry(const struct imgferry_images *images,
                                         const char *remote,
                                         struct imgferry_registry **registry_out,
                                         struct imgferry_error **error_out);

/**
 * The tags of an image in its registry, one image for each, sorted by tag. A
 * tag in `remote` does not matter.
 *
 * On success `*images_out` is yours: free it with
 * imgferry_remote_image_list_free. On failure it is NULL, as for
 * imgferry_images_digest. Any thread.
 */
imgferry_status imgferry_images_tags(const struct imgferry_images *images,
                                     const char *remote,
                                     const struct imgferry_call *call,
                                     struct imgferry_remote_image_list **images_out,
                                     struct imgferry_error **error_out);

/**
 * Removes an image, with all its tags, from its registry, and tells its
 * digest. NULL for `digest` is the one that `remote` stands for now.
 *
 * On success `*digest_out` is yours: free it with imgferry_text_free. On
 * failure it is NULL, as for imgferry_images_digest, and IMGFERRY_UNSUPPORTED
 * when the registry does not allow removals. Any thread.
 */
imgferry_status imgferry_images_rm(const struct imgferry_images *images,
                                   const char *remote,
                                   const char *digest,
                                   const struct imgferry_call *call,
                                   struct imgferry_text **digest_out,
                                   struct imgferry_error **error_out);

/**
 * Frees images; NULL is fine. In a forked child it leaves the parent's
 * connections alone.
 *
 * No other thread may use them any more. What was made from them stays usable.
 */
void imgferry_images_free(struct imgferry_images *images);

/**
 * An image in a registry; without tag and digest, its tag "latest". Nothing is
 * sent yet.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free;
 * `registry` stays yours and may be freed before. On failure it is NULL. Any
 * thread.
 */
imgferry_status imgferry_place_registry(const struct imgferry_registry *registry,
                                        const char *image,
                                        struct imgferry_place **place_out,
                                        struct imgferry_error **error_out);

/**
 * An image in an engine, by its name, or, where it is not written to, by its
 * ID. For imgferry_place_list it may be "". Nothing is sent yet.
 *
 * To be copied from, the archive of the image is kept meanwhile in a file
 * without a name in TMPDIR, or else /tmp.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free; `engine`
 * stays yours and may be freed before. On failure it is NULL. Any thread.
 */
imgferry_status imgferry_place_engine(const struct imgferry_engine *engine,
                                      const char *image,
                                      struct imgferry_place **place_out,
                                      struct imgferry_error **error_out);

/**
 * An image in an archive as `docker save` and podman make it, plain or
 * compressed, in the file `path`, which is in the bytes of the system and need
 * not be UTF-8. `image` may be NULL. To be read, it is one of the image's names
 * or its ID, and NULL when there is only one. To be written, it is the name
 * that an engine gives the image, if any; the file is replaced when the new one
 * is whole, and is an OCI layout, too, which keeps digests.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free. On
 * failure it is NULL. The file is not looked at yet. Any thread.
 */
imgferry_status imgferry_place_docker_archive(const char *path,
                                              const char *image,
                                              struct imgferry_place **place_out,
                                              struct imgferry_error **error_out);

/**
 * An image in a folder with an OCI image layout, by its name there, which is
 * mostly a tag, or "@" and its digest. `path` is in the bytes of the system and
 * need not be UTF-8. `image` may be NULL: to be read, for the only one, and to
 * be written, for one without a name. Other images in the layout stay.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free. On
 * failure it is NULL. The folder is not looked at yet. Any thread.
 */
imgferry_status imgferry_place_oci_layout(const char *path,
                                          const char *image,
                                          struct imgferry_place **place_out,
                                          struct imgferry_error **error_out);

/**
 * The same as imgferry_place_oci_layout, in a tar, the file `path`; `image` may
 * be NULL. To be written, the file is replaced when the new one is whole.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free. On
 * failure it is NULL. The file is not looked at yet. Any thread.
 */
imgferry_status imgferry_place_oci_archive(const char *path,
                                           const char *image,
                                           struct imgferry_place **place_out,
                                           struct imgferry_error **error_out);

/**
 * The place that a text names, in skopeo's spelling:
 *
 * - "docker://HOST/PATH", in a registry; ":TAG", "@DIGEST" or both may follow;
 * - "docker-daemon:NAME", in an engine; ":TAG" may follow;
 * - "docker-archive:FILE", in an archive as `docker save` makes it; ":NAME" may
 *   follow, also with ":TAG";
 * - "oci:FOLDER", in an OCI image layout; ":NAME" may follow;
 * - "oci-archive:FILE", in an OCI image layout in a tar; ":NAME" may follow.
 *
 * The first colon of a path ends it, and a path that is not UTF-8 has no text:
 * imgferry_place_oci_layout and its kin take any. `engine`, which may be NULL,
 * is the one of "docker-daemon:"; without it, such a text is refused.
 * `options`, which may be NULL, say how the registry of "docker://" is reached.
 * Nothing is sent yet.
 *
 * On success `*place_out` is yours: free it with imgferry_place_free; `engine`
 * stays yours and may be freed before. On failure it is NULL:
 * IMGFERRY_INVALID_ARGUMENT when the text has none of these forms,
 * IMGFERRY_INVALID_REFERENCE when a name in it is none. Any thread.
 */
imgferry_status imgferry_place_parse(const char *text,
                                     const struct imgferry_engine *engine,
                                     const struct imgferry_registry_options *options,
                                     struct imgferry_place **place_out,
                                     struct imgferry_error **error_out);

/**
 * The place in skopeo's spelling, which imgferry_place_parse reads, unless its
 * path has a colon or is not UTF-8; "" for NULL.
 *
 * The text lives as long as `place`. Any thread.
 */
const char *imgferry_place_text(const struct imgferry_place *place);

/**
 * Frees a place that you own; NULL is fine. In a forked child it leaves the
 * parent's connections alone.
 *
 * No other thread may use it any more.
 */
void imgferry_place_free(struct imgferry_place *place);

/**
 * Tells what is at a place: the manifest or index, which platforms there are,
 * and the image for one of them with its config and layers. `platform` is
 * `os/arch[/variant]`, such as "linux/arm64", and may be NULL: then it is for
 * Linux and the processor of this machine, or whatever an image is for that is
 * not an index.
 *
 * No layer is read, but for compressed ones in an archive that has no
 * manifest to say their digests. An engine is asked what it knows of the
 * image, which is less than other places know; each function below says what.
 *
 * On success `*inspected_out` is yours: free it with imgferry_inspected_free.
 * On failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image, or no
 * such archive or layout, IMGFERRY_PLATFORM when there is none for `platform`,
 * IMGFERRY_IO when a file there cannot be read. Any thread.
 */
imgferry_status imgferry_place_inspect(const struct imgferry_place *place,
                                       const char *platform,
                                       const struct imgferry_call *call,
                                       struct imgferry_inspected **inspected_out,
                                       struct imgferry_error **error_out);

/**
 * The digest of the manifest or index; "" for NULL and where there is none: in
 * archives by Docker below 25, by podman and skopeo, and in an engine, unless
 * that has the containerd image store and tells it (API 1.48).
 *
 * The text lives until `inspected` is freed. Any thread.
 */
const char *imgferry_inspected_digest(const struct imgferry_inspected *inspected);

/**
 * The media type of the manifest or index; "" where there is none, and for
 * NULL.
 *
 * The text lives until `inspected` is freed. Any thread.
 */
const char *imgferry_inspected_media_type(const struct imgferry_inspected *inspected);

/**
 * The manifest or index as it is; NULL where there is none, for an engine,
 * which does not show it, and for NULL.
 *
 * It lives until `inspected` is freed; do not free it. Any thread.
 */
const struct imgferry_manifest *imgferry_inspected_manifest(const struct imgferry_inspected *inspected);

/**
 * The platforms that the index names, in its order; empty for what is not an
 * index, and for an engine.
 *
 * NULL, which is an empty list, for NULL. The list lives until `inspected` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_image_platform_list *imgferry_inspected_platforms(const struct imgferry_inspected *inspected);

/**
 * Whether there is an image for the platform: 1 or 0; 0 for what is not an
 * image, when an index has none for this machine and no platform was asked for,
 * and for NULL.
 *
 * Any thread.
 */
int32_t imgferry_inspected_has_image(const struct imgferry_inspected *inspected);

/**
 * The own manifest of the image, which an index lists; NULL without an image,
 * where imgferry_inspected_manifest is, and for NULL.
 *
 * It lives until `inspected` is freed; do not free it. Any thread.
 */
const struct imgferry_manifest *imgferry_inspected_image_manifest(const struct imgferry_inspected *inspected);

/**
 * How the image is run; NULL without an image, for an artifact, which has no
 * such config, and for NULL. For an engine it is what the engine tells, and its
 * document the engine's whole one.
 *
 * It lives until `inspected` is freed; do not free it. Any thread.
 */
const struct imgferry_image_config *imgferry_inspected_image_config(const struct imgferry_inspected *inspected);

/**
 * The layers of the image, the lowest first, as they are at the place, with
 * their sizes there; empty for an engine, which tells only their diff IDs.
 *
 * NULL, which is an empty list, without an image and for NULL. The list lives
 * until `inspected` is freed; do not free it. Any thread.
 */
const struct imgferry_descriptor_list *imgferry_inspected_image_layers(const struct imgferry_inspected *inspected);

/**
 * The size of the image in bytes: the config and each layer once, without those
 * that are kept elsewhere. For an engine it is what its store counts. 0 without
 * an image and for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_inspected_image_size(const struct imgferry_inspected *inspected);

/**
 * What was noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `inspected` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_inspected_warnings(const struct imgferry_inspected *inspected);

/**
 * Frees what is told of a place; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_inspected_free(struct imgferry_inspected *inspected);

/**
 * Lists the images at a place, one for each name that they have:
 *
 * - in a registry, the tags of the repository, sorted; the place's own tag or
 *   digest does not matter;
 * - in an engine, all names with the place's name and any tag; by a whole ID,
 *   the names of that image; with the name "", all images;
 * - in an archive or a layout, all names, and images without one; the place's
 *   own name does not matter.
 *
 * On success `*images_out` is yours: free it with
 * imgferry_listed_image_list_free. On failure it is NULL: IMGFERRY_NOT_FOUND
 * when there is no such repository, archive or layout, IMGFERRY_IO when a file
 * there cannot be read. Any thread.
 */
imgferry_status imgferry_place_list(const struct imgferry_place *place,
                                    const struct imgferry_call *call,
                                    struct imgferry_listed_image_list **images_out,
                                    struct imgferry_error **error_out);

/**
 * How many images are in a list; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_listed_image_list_count(const struct imgferry_listed_image_list *list);

/**
 * The image at `index`, counted from 0; NULL behind the end and for NULL.
 *
 * It lives until `list` is freed; do not free it. Any thread.
 */
const struct imgferry_listed_image *imgferry_listed_image_list_at(const struct imgferry_listed_image_list *list,
                                                                  size_t index);

/**
 * Frees a list of images and the places in it; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_listed_image_list_free(struct imgferry_listed_image_list *list);

/**
 * Where it is, to be inspected, copied or removed; NULL for NULL.
 *
 * It lives as long as the list that holds `image`; do not free it. Any thread.
 */
const struct imgferry_place *imgferry_listed_image_place(const struct imgferry_listed_image *image);

/**
 * Its name: in a registry its tag, elsewhere mostly a reference or a tag; ""
 * when it has none, and for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_listed_image_name(const struct imgferry_listed_image *image);

/**
 * The digest of its manifest or index, where the list says it: in layouts;
 * else "", and for NULL. imgferry_place_inspect says it elsewhere.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_listed_image_digest(const struct imgferry_listed_image *image);

/**
 * Its ID, where the list says it: in engines, and mostly in archives for
 * Docker; else "", and for NULL.
 *
 * The text lives as long as the list that holds `image`. Any thread.
 */
const char *imgferry_listed_image_id(const struct imgferry_listed_image *image);

/**
 * Removes the image from a place:
 *
 * - from a registry by tag, the tag alone (without a tag, "latest"); it never
 *   falls back to removing more;
 * - from a registry by digest, the manifest with every tag of it; those that an
 *   index lists stay;
 * - from an engine, the name, and the image when it was its last one; by ID,
 *   the image;
 * - from an OCI layout, the name, and then the blobs that nothing in the layout
 *   needs; by digest, or without a name where there is only one image, all its
 *   names. While somebody else writes to the layout the blobs stay, which is a
 *   warning.
 *
 * Archives are never changed in place. On success `*deleted_out` is yours: free
 * it with imgferry_deleted_free. On failure it is NULL: IMGFERRY_NOT_FOUND when
 * there is no such image, IMGFERRY_UNSUPPORTED when a registry does not remove
 * it in this way, as many do not remove single tags, IMGFERRY_CONFLICT when an
 * engine uses it, and IMGFERRY_INVALID_ARGUMENT for an archive. Any thread.
 */
imgferry_status imgferry_place_delete(const struct imgferry_place *place,
                                      const struct imgferry_call *call,
                                      struct imgferry_deleted **deleted_out,
                                      struct imgferry_error **error_out);

/**
 * The names or tags that are gone, and the digests or IDs of what is. A
 * registry does not tell which tags went with a digest.
 *
 * NULL for NULL. It lives until `deleted` is freed; do not free it. Any thread.
 */
const struct imgferry_removed *imgferry_deleted_removed(const struct imgferry_deleted *deleted);

/**
 * How many bytes that freed, in a layout; 0 elsewhere, as registries free them
 * later and engines do not tell, and for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_deleted_space_reclaimed(const struct imgferry_deleted *deleted);

/**
 * What was noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `deleted` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_deleted_warnings(const struct imgferry_deleted *deleted);

/**
 * Frees the result of a removal; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_deleted_free(struct imgferry_deleted *deleted);

/**
 * Fills `options` with the defaults. `struct_size` is `sizeof *options`.
 *
 * NULL is fine and does nothing. No other thread may use `options` meanwhile.
 */
void imgferry_copy_options_init(struct imgferry_copy_options *options,
                                size_t struct_size);

/**
 * Copies the image at `source` to `destination`. `options` may be NULL.
 *
 * Blobs go first, several at a time and only those that are missing; then the
 * manifests, and last the name: whoever looks meanwhile finds the old image or
 * the whole new one. What was moved before a failure is not moved again by
 * another try.
 *
 * On success `*copied_out` is yours: free it with imgferry_copied_free. On
 * failure it is NULL: IMGFERRY_NOT_FOUND when there is no such image,
 * IMGFERRY_PLATFORM when there is none for a platform,
 * IMGFERRY_INVALID_ARGUMENT when the destination cannot hold what was asked
 * for. Any thread.
 */
imgferry_status imgferry_copy(const struct imgferry_place *source,
                              const struct imgferry_place *destination,
                              const struct imgferry_copy_options *options,
                              const struct imgferry_call *call,
                              struct imgferry_copied **copied_out,
                              struct imgferry_error **error_out);

/**
 * The digest of the image at the destination; "" for NULL.
 *
 * The text lives until `copied` is freed. Any thread.
 */
const char *imgferry_copied_digest(const struct imgferry_copied *copied);

/**
 * The media type of its manifest or index; "" for NULL.
 *
 * The text lives until `copied` is freed. Any thread.
 */
const char *imgferry_copied_media_type(const struct imgferry_copied *copied);

/**
 * The platform, as `os/architecture[/variant]`, when one image of several was
 * copied; else "", and for NULL.
 *
 * The text lives until `copied` is freed. Any thread.
 */
const char *imgferry_copied_platform(const struct imgferry_copied *copied);

/**
 * How many manifests and indexes were written; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_copied_manifests(const struct imgferry_copied *copied);

/**
 * How many blobs the destination had already, or got from another of its
 * repositories; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_copied_existing_blobs(const struct imgferry_copied *copied);

/**
 * How many blobs were moved; 0 for NULL.
 *
 * Any thread.
 */
size_t imgferry_copied_blobs(const struct imgferry_copied *copied);

/**
 * How many bytes of blobs were moved, with those that had to be sent again; 0
 * for NULL.
 *
 * Any thread.
 */
uint64_t imgferry_copied_bytes(const struct imgferry_copied *copied);

/**
 * What was noted on the way, each a sentence.
 *
 * NULL, which is an empty list, for NULL. The list lives until `copied` is
 * freed; do not free it. Any thread.
 */
const struct imgferry_text_list *imgferry_copied_warnings(const struct imgferry_copied *copied);

/**
 * Frees the result of a copy; NULL is fine.
 *
 * No other thread may use it any more.
 */
void imgferry_copied_free(struct imgferry_copied *copied);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IMGFERRY_H */
