/*
 * password.c - SCRAM-SHA-256 verifiers of passwords (RFC 5802, RFC 7677)
 *
 * Format     SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, binary parts in base64.
 *            Only these are stored; a text that is one already is kept as it is.
 */
#include "password.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "error/error.h"
#include "memory/memory.h"

#define SALT_BYTES 16
#define KEY_BYTES 32
#define ITERATIONS 4096
#define PREFIX "SCRAM-SHA-256$"

static char *
base64(const uint8 *bytes, int count)
{
    char *text = palloc((Size) (count + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *) text, bytes, count);
    return text;
}

/* Length of the base64 at `text` up to `end_char`, in decoded bytes; -1 if it is none. */
static int
base64_bytes(const char *text, char end_char)
{
    const char *end = end_char != '\0' ? strchr(text, end_char) : text + strlen(text);
    Size length;
    int padding = 0;

    if (end == NULL)
        return -1;
    length = (Size) (end - text);
    if (length == 0 || length % 4 != 0)
        return -1;
    while (padding < 2 && text[length - 1 - (Size) padding] == '=')
        padding++;
    for (Size i = 0; i < length - (Size) padding; i++)
        if (!isalnum((unsigned char) text[i]) && text[i] != '+' && text[i] != '/')
            return -1;
    return (int) (length / 4 * 3) - padding;
}

bool
password_is_verifier(const char *text)
{
    char *end;
    const char *keys;
    long iterations;

    if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
        return false;
    iterations = strtol(text + strlen(PREFIX), &end, 10);
    if (iterations <= 0 || *end != ':' || base64_bytes(end + 1, '$') <= 0)
        return false;
    keys = strchr(end, '$') + 1;
    if (base64_bytes(keys, ':') != KEY_BYTES)
        return false;
    return base64_bytes(strchr(keys, ':') + 1, '\0') == KEY_BYTES;
}

static void
key_of(const uint8 *salted, const char *label, uint8 *ret_key)
{
    unsigned length = KEY_BYTES;

    if (HMAC(EVP_sha256(), salted, KEY_BYTES, (const unsigned char *) label, strlen(label), ret_key,
             &length) == NULL)
        elog(ERROR, "could not compute server key: %s", "HMAC failed");
}

char *
password_make_verifier(const char *password)
{
    uint8 salt[SALT_BYTES];
    uint8 salted[KEY_BYTES];
    uint8 client_key[KEY_BYTES];
    uint8 stored_key[KEY_BYTES];
    uint8 server_key[KEY_BYTES];
    unsigned length = KEY_BYTES;

    if (password_is_verifier(password))
        return pstrdup(password);
    if (RAND_bytes(salt, sizeof(salt)) != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("could not generate random salt")));
    if (PKCS5_PBKDF2_HMAC(password, (int) strlen(password), salt, SALT_BYTES, ITERATIONS,
                          EVP_sha256(), KEY_BYTES, salted) != 1)
        elog(ERROR, "could not compute server key: %s", "PBKDF2 failed");
    key_of(salted, "Client Key", client_key);
    key_of(salted, "Server Key", server_key);
    if (EVP_Digest(client_key, KEY_BYTES, stored_key, &length, EVP_sha256(), NULL) != 1)
        elog(ERROR, "could not compute server key: %s", "digest failed");
    return psprintf(PREFIX "%d:%s$%s:%s", ITERATIONS, base64(salt, SALT_BYTES),
                    base64(stored_key, KEY_BYTES), base64(server_key, KEY_BYTES));
}
