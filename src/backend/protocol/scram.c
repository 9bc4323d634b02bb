/*
 * scram.c - SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677)
 *
 * Why        The server keeps only StoredKey and ServerKey, from which the password cannot be
 *            had. A role that does not exist is answered as one that does, with a salt derived
 *            from the name and a secret of this server's start, so that names cannot be probed.
 * Errors     returns a status; the caller throws
 */
#include <ctype.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "error/error.h"
#include "memory/memory.h"
#include "protocol/wire.h"
#include "protocol_int.h"

#define KEY_BYTES SHA256_DIGEST_LENGTH
#define SALT_BYTES 16
#define NONCE_BYTES 18
#define ITERATION_COUNT 4096
#define ITERATION_COUNT_MAX 10000000
#define MESSAGE_CHARS_MAX 4096
#define SALT_BYTES_MAX 256

typedef struct Verifier {
    int iteration_count;
    int salt_bytes;
    unsigned char salt[SALT_BYTES_MAX];
    unsigned char stored_key[KEY_BYTES];
    unsigned char server_key[KEY_BYTES];
} Verifier;

static void
hmac(const unsigned char key[KEY_BYTES], const void *data, size_t length,
     unsigned char ret_digest[KEY_BYTES])
{
    unsigned int digest_length;

    if (!HMAC(EVP_sha256(), key, KEY_BYTES, data, length, ret_digest, &digest_length))
        ereport(FATAL, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute HMAC")));
}

static char *
base64(const unsigned char *bytes, int length)
{
    char *text = palloc((Size) (length + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *) text, bytes, length);
    return text;
}

/* Returns the number of bytes, or -1 for what is not base64 or does not fit. */
static int
unbase64(const char *text, size_t chars, unsigned char *ret_bytes, size_t bytes_max)
{
    unsigned char decoded[MESSAGE_CHARS_MAX];

    if (chars == 0 || chars % 4 != 0 || chars / 4 * 3 > sizeof decoded)
        return -1;

    int length = EVP_DecodeBlock(decoded, (const unsigned char *) text, (int) chars);

    if (length < 0)
        return -1;
    for (size_t i = chars; i > 0 && text[i - 1] == '='; i--)
        length--;
    if ((size_t) length > bytes_max)
        return -1;
    memcpy(ret_bytes, decoded, (size_t) length);
    return length;
}

/* StoredKey and ServerKey of a password, its salt and iteration count. */
static void
derive_keys(const char *password, Verifier *verifier)
{
    unsigned char salted[KEY_BYTES], client_key[KEY_BYTES];

    if (PKCS5_PBKDF2_HMAC(password, (int) strlen(password), verifier->salt, verifier->salt_bytes,
                          verifier->iteration_count, EVP_sha256(), KEY_BYTES, salted) != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("could not compute salted password")));
    hmac(salted, "Client Key", 10, client_key);
    SHA256(client_key, KEY_BYTES, verifier->stored_key);
    hmac(salted, "Server Key", 10, verifier->server_key);
    OPENSSL_cleanse(salted, sizeof salted);
    OPENSSL_cleanse(client_key, sizeof client_key);
}

/* "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>" */
static bool
parse_verifier(const char *text, Verifier *ret_verifier)
{
    static const char prefix[] = "SCRAM-SHA-256$";

    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    text += sizeof prefix - 1;

    char *end;
    long iterations = strtol(text, &end, 10);

    if (end == text || *end != ':' || iterations < 1 || iterations > ITERATION_COUNT_MAX)
        return false;

    const char *salt = end + 1, *dollar = strchr(salt, '$');
    const char *colon = dollar ? strchr(dollar, ':') : NULL;

    if (!colon)
        return false;
    ret_verifier->iteration_count = (int) iterations;
    ret_verifier->salt_bytes =
        unbase64(salt, (size_t) (dollar - salt), ret_verifier->salt, SALT_BYTES_MAX);
    return ret_verifier->salt_bytes > 0 &&
           unbase64(dollar + 1, (size_t) (colon - dollar - 1), ret_verifier->stored_key,
                    KEY_BYTES) == KEY_BYTES &&
           unbase64(colon + 1, strlen(colon + 1), ret_verifier->server_key, KEY_BYTES) ==
               KEY_BYTES;
}

bool
scram_password_matches(const char *password, const char *verifier_text)
{
    Verifier stored, given;

    if (!parse_verifier(verifier_text, &stored))
        return false;
    given = stored;
    derive_keys(password, &given);
    return CRYPTO_memcmp(stored.stored_key, given.stored_key, KEY_BYTES) == 0;
}

/* A verifier that no password fits, the same for the same name while the server runs. */
static void
mock_verifier(const char *user, Verifier *ret_verifier)
{
    unsigned char digest[KEY_BYTES];

    hmac(protocol_mock_secret(), user, strlen(user), digest);
    memset(ret_verifier, 0, sizeof *ret_verifier);
    ret_verifier->iteration_count = ITERATION_COUNT;
    ret_verifier->salt_bytes = SALT_BYTES;
    memcpy(ret_verifier->salt, digest, SALT_BYTES);
}

static _Noreturn void
malformed(const char *detail)
{
    ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                    errmsg("malformed SCRAM message"), errdetail("%s", detail)));
    abort();
}

/* The value of "<letter>=value" at *cursor, which moves past its comma. In place. */
static char *
attribute(char **cursor, char letter)
{
    char *at = *cursor;

    if (at[0] != letter || at[1] != '=')
        malformed(psprintf("Attribute \"%c\" expected.", letter));

    char *end = strchrnul(at + 2, ',');

    *cursor = *end ? end + 1 : end;
    *end = '\0';
    return at + 2;
}

static void
send_request(int32 code, const char *data)
{
    wire_begin('R');
    wire_put_int32((uint32) code);
    wire_put_bytes(data, strlen(data));
    wire_end();
    wire_flush();
}

static void
read_answer(WireMessage *message)
{
    if (!wire_read_message(message))
        proc_exit_quietly();
    if (message->type != 'p')
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("expected SASL response, got message type %d", message->type)));
}

/* The client's first message without its header: "n=user,r=nonce". Checks the header. */
static char *
read_client_first(void)
{
    WireMessage message;

    read_answer(&message);

    const char *mechanism = wire_get_string(&message);

    if (strcmp(mechanism, "SCRAM-SHA-256") != 0)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("client selected an invalid SASL authentication mechanism")));

    int32 length = wire_get_int32(&message);

    if (length < 0 || length > MESSAGE_CHARS_MAX)
        malformed("The message is empty or too long.");

    char *text = pnstrdup(wire_get_bytes(&message, (uint32) length), (Size) length);

    if ((text[0] != 'n' && text[0] != 'y') || text[1] != ',')
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("client requires SCRAM channel binding, but it is not supported")));
    if (text[2] != ',')
        ereport(FATAL, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("client uses authorization identity, but it is not supported")));
    return text;
}

bool
scram_authenticate(const char *user, const char *verifier_text)
{
    Verifier verifier;
    bool known = verifier_text && parse_verifier(verifier_text, &verifier);
    unsigned char nonce[NONCE_BYTES];
    WireMessage message;

    if (!known)
        mock_verifier(user, &verifier);

    wire_begin('R');
    wire_put_int32(10);
    wire_put_string("SCRAM-SHA-256");
    wire_put_byte('\0');
    wire_end();
    wire_flush();

    char *client_first = read_client_first();
    char *header = pnstrdup(client_first, 3);
    char *client_first_bare = pstrdup(client_first + 3);
    char *cursor = client_first + 3;

    attribute(&cursor, 'n');

    char *client_nonce = attribute(&cursor, 'r');

    if (!client_nonce[0] || RAND_bytes(nonce, NONCE_BYTES) != 1)
        malformed("The nonce is empty.");

    char *full_nonce = psprintf("%s%s", client_nonce, base64(nonce, NONCE_BYTES));
    char *server_first = psprintf("r=%s,s=%s,i=%d", full_nonce,
                                  base64(verifier.salt, verifier.salt_bytes),
                                  verifier.iteration_count);

    send_request(11, server_first);

    read_answer(&message);
    if (message.length > MESSAGE_CHARS_MAX)
        malformed("The message is too long.");

    char *client_final = pnstrdup(message.body, message.length);
    char *proof_at = strstr(client_final, ",p=");

    if (!proof_at)
        malformed("Attribute \"p\" expected.");

    char *without_proof = pnstrdup(client_final, (Size) (proof_at - client_final));
    char *proof_text = proof_at + 3;

    cursor = client_final;
    if (strcmp(attribute(&cursor, 'c'), base64((unsigned char *) header, 3)) != 0)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("unexpected SCRAM channel-binding attribute in "
                               "client-final-message")));
    if (strcmp(attribute(&cursor, 'r'), full_nonce) != 0)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid SCRAM response"), errdetail("Nonce does not match.")));

    unsigned char proof[KEY_BYTES], signature[KEY_BYTES], client_key[KEY_BYTES],
        stored_key[KEY_BYTES];
    char *auth_message = psprintf("%s,%s,%s", client_first_bare, server_first, without_proof);

    if (unbase64(proof_text, strlen(proof_text), proof, KEY_BYTES) != KEY_BYTES)
        malformed("Malformed proof in client-final-message.");
    hmac(verifier.stored_key, auth_message, strlen(auth_message), signature);
    for (int i = 0; i < KEY_BYTES; i++)
        client_key[i] = proof[i] ^ signature[i];
    SHA256(client_key, KEY_BYTES, stored_key);
    if (!known || CRYPTO_memcmp(stored_key, verifier.stored_key, KEY_BYTES) != 0)
        return false;

    hmac(verifier.server_key, auth_message, strlen(auth_message), signature);
    send_request(12, psprintf("v=%s", base64(signature, KEY_BYTES)));
    return true;
}
