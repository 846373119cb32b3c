/* The registry that a program is about. */

#ifndef REGISTRY_H
#define REGISTRY_H

#include "check.h"

static const char *host;
static imgferry_registry *registry;

/* "HOST/REST". */
static const char *at(const char *rest)
{
    static char name[600];
    snprintf(name, sizeof name, "%s/%s", host, rest);
    return name;
}

/* Asked as the user "me"; without a password, as nobody. */
static imgferry_registry *registry_of(const char *its_host, const char *password)
{
    imgferry_registry *made = NULL;
    imgferry_registry_options options;
    imgferry_credential credential;

    imgferry_credential_init(&credential, sizeof credential);
    credential.host = its_host;
    credential.username = "me";
    credential.password = password;
    imgferry_registry_options_init(&options, sizeof options);
    options.credentials = &credential;
    options.credential_count = password != NULL;
    CHECK_OK(imgferry_registry_new(its_host, &options, &made, error));
    return made;
}

#endif
