/*
 * auth.c - answers the server's authentication requests
 *
 * Trust, cleartext, MD5, and SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding. The
 * password is used as it is given where it is ASCII or needs no SASLprep.
 */
#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "wire.h"

enum { KEY_SIZE = 32, NONCE_BYTES = 18 };

static const char *
password_of(Connection *connection, Text *ret_error)
{
    const char *password = connection->options.value[OPTION_PASSWORD];

    connection->needs_password = true;
    if (password == NULL || password[0] == '\0') {
        text_add(ret_error, "fe_sendauth: no password supplied");
        return NULL;
    }
    connection->used_password = true;
    return password;
}

static bool
send_bytes(Connection *connection, const char *bytes, size_t length)
{
    wire_begin(connection, 'p');
    text_bytes(&connection->out, bytes, length);
    return wire_end(connection) && wire_flush(connection);
}

static char *
encode_base64(const unsigned char *bytes, int length)
{
    char *result = need(malloc((size_t)length * 2 + 8));

    EVP_EncodeBlock((unsigned char *)result, bytes, length);
    return result;
}

static void
md5_hex(const char *first, const char *second, size_t second_length, char ret_hex[33])
{
    Text joined = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    text_add(&joined, first);
    text_bytes(&joined, second, second_length);
    EVP_Digest(joined.data, joined.length, digest, &length, EVP_md5(), NULL);
    for (unsigned int i = 0; i < 16; i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
    text_free(&joined);
}

static bool
answer_md5(Connection *connection, const char *password, const char *salt)
{
    const char *user = connection->options.value[OPTION_USER];
    char inner[33], answer[36] = "md5";

    md5_hex(password, user, strlen(user), inner);
    md5_hex(inner, salt, 4, answer + 3);
    return send_bytes(connection, answer, 36);
}

static bool
scram_begin(Connection *connection, const char *mechanisms, size_t length, Text *ret_error)
{
    const char *end = mechanisms + length;
    unsigned char random[NONCE_BYTES];
    char *nonce, *first;
    Text body = {0};
    uint32_t size;
    bool ok;

    while (mechanisms < end && strcmp(mechanisms, "SCRAM-SHA-256") != 0)
        mechanisms += strlen(mechanisms) + 1;
    if (mechanisms >= end) {
        text_add(ret_error, "none of the server's SASL authentication mechanisms are supported");
        return false;
    }
    RAND_bytes(random, sizeof(random));
    nonce = encode_base64(random, sizeof(random));
    first = format_string("n,,n=,r=%s", nonce);
    size = htonl((uint32_t)strlen(first));
    text_bytes(&body, "SCRAM-SHA-256", 14);
    text_bytes(&body, (char *)&size, 4);
    text_add(&body, first);
    ok = send_bytes(connection, body.data, body.length);
    replace_string(&connection->server_final, first + 3);
    text_free(&body);
    free(first);
    free(nonce);
    return ok;
}

static void
keyed_hash(const unsigned char *key, const char *data, size_t length, unsigned char *ret_hash)
{
    unsigned int size = KEY_SIZE;

    HMAC(EVP_sha256(), key, KEY_SIZE, (const unsigned char *)data, length, ret_hash, &size);
}

/* The salted password, from the salt in base64 and the count of rounds. */
static bool
salt_password(const char *password, const char *salt64, int rounds, unsigned char *ret_key)
{
    size_t length = strlen(salt64);
    unsigned char *salt = need(malloc(length + 4));
    int size = EVP_DecodeBlock(salt, (const unsigned char *)salt64, (int)length);

    if (size < 0 || rounds < 1) {
        free(salt);
        return false;
    }
    for (size_t i = length; i > 0 && salt64[i - 1] == '='; i--)
        size--;
    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, size, rounds, EVP_sha256(), KEY_SIZE,
                      ret_key);
    free(salt);
    return true;
}

static bool
scram_prove(Connection *connection, const char *server_first, Text *ret_error)
{
    const char *password = password_of(connection, ret_error);
    unsigned char salted[KEY_SIZE], client[KEY_SIZE], stored[KEY_SIZE], signature[KEY_SIZE];
    char nonce[512], salt[512], *proof64, *final, *verifier;
    const char *own_nonce = strstr(connection->server_final, "r=") + 2;
    int rounds;
    Text message = {0};
    bool ok;

    if (password == NULL)
        return false;
    if (sscanf(server_first, "r=%511[^,],s=%511[^,],i=%d", nonce, salt, &rounds) != 3 ||
        strncmp(nonce, own_nonce, strlen(own_nonce)) != 0 ||
        !salt_password(password, salt, rounds, salted)) {
        text_add(ret_error, "invalid SCRAM response (nonce mismatch)");
        return false;
    }
    text_format(&message, "%s,%s,c=biws,r=%s", connection->server_final, server_first, nonce);
    keyed_hash(salted, "Client Key", 10, client);
    EVP_Digest(client, KEY_SIZE, stored, NULL, EVP_sha256(), NULL);
    keyed_hash(stored, message.data, message.length, signature);
    for (int i = 0; i < KEY_SIZE; i++)
        client[i] ^= signature[i];
    proof64 = encode_base64(client, KEY_SIZE);
    final = format_string("c=biws,r=%s,p=%s", nonce, proof64);
    ok = send_bytes(connection, final, strlen(final));

    keyed_hash(salted, "Server Key", 10, stored);
    keyed_hash(stored, message.data, message.length, signature);
    verifier = encode_base64(signature, KEY_SIZE);
    free(connection->server_final);
    connection->server_final = format_string("v=%s", verifier);
    free(verifier);
    free(proof64);
    free(final);
    text_free(&message);
    return ok;
}

/* Answers one request; false with a message in ret_error. body: behind the message's length. */
bool
auth_answer(Connection *connection, const char *body, size_t length, Text *ret_error)
{
    uint32_t request = 0;
    const char *password;

    if (length >= 4)
        memcpy(&request, body, 4);
    request = ntohl(request);
    switch (request) {
    case 0:
        return true;
    case 3:
        password = password_of(connection, ret_error);
        return password != NULL && send_bytes(connection, password, strlen(password) + 1);
    case 5:
        password = password_of(connection, ret_error);
        return password != NULL && length >= 8 && answer_md5(connection, password, body + 4);
    case 10:
        return scram_begin(connection, body + 4, length - 4, ret_error);
    case 11:
        return connection->server_final != NULL &&
               scram_prove(connection, body + 4, ret_error);
    case 12:
        if (connection->server_final == NULL || strcmp(body + 4, connection->server_final) != 0) {
            text_add(ret_error, "incorrect server signature");
            return false;
        }
        return true;
    default:
        text_format(ret_error, "authentication method %u not supported", request);
        return false;
    }
}
