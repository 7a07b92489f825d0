#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Swift imports neither function-like macros nor constants made by one. Each function below stands for exactly one
// OpenSSL macro or function, or for one fixed set of its constants, and decides nothing.

// SSL_CTX_set_min_proto_version is a macro over SSL_CTX_ctrl.
static inline int sluice_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

// SSL_CTX_set_max_proto_version is a macro over SSL_CTX_ctrl.
static inline int sluice_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

// SSL_CTX_set_mode is a macro over SSL_CTX_ctrl.
static inline void sluice_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    (void)SSL_CTX_set_mode(context, mode);
}

// SSL_CTX_set1_groups_list is a macro over SSL_CTX_ctrl.
static inline int sluice_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(context, groups);
}

// SSL_CTX_set_session_cache_mode is a macro over SSL_CTX_ctrl.
static inline void sluice_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    (void)SSL_CTX_set_session_cache_mode(context, mode);
}

// SSL_CTX_set_tlsext_servername_callback is a macro that casts the callback through void (*)(void).
static inline void sluice_SSL_CTX_set_servername_callback(
    SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    (void)SSL_CTX_set_tlsext_servername_callback(context, callback);
    (void)SSL_CTX_set_tlsext_servername_arg(context, argument);
}

// SSL_set_tlsext_host_name is a macro that casts const away.
static inline int sluice_SSL_set_tlsext_host_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

// The SSL_OP_ constants are made by the function-like macro SSL_OP_BIT.
static inline uint64_t sluice_SSL_OP_common(void) {
    return SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
}

// As above.
static inline uint64_t sluice_SSL_OP_server_preference(void) {
    return SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
}

// Parameter names are macros of string literals. Imported as Swift strings they would be passed as temporary copies, but an
// OSSL_PARAM keeps the pointer to its name.
static inline const char *sluice_OSSL_MAC_PARAM_DIGEST(void) { return OSSL_MAC_PARAM_DIGEST; }

// XN_FLAG_RFC2253 is a sum of macros with casts, which the importer gives up on.
static inline unsigned long sluice_XN_FLAG_RFC2253(void) { return XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB; }

// What a key is made of is told by sums of constants in several headers, which the importer gives up on.
static inline int sluice_EVP_PKEY_PUBLIC_KEY(void) { return EVP_PKEY_PUBLIC_KEY; }

// As above.
static inline int sluice_EVP_PKEY_KEYPAIR(void) { return EVP_PKEY_KEYPAIR; }

// OpenSSL 3 calls these functions deprecated and has nothing else that hashes without an allocation. Swift would warn at
// each call.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

static inline void sluice_SHA256_Init(SHA256_CTX *state) { (void)SHA256_Init(state); }

static inline void sluice_SHA256_Update(SHA256_CTX *state, const void *bytes, size_t count) {
    (void)SHA256_Update(state, bytes, count);
}

static inline void sluice_SHA256_Final(unsigned char *digest, SHA256_CTX *state) { (void)SHA256_Final(digest, state); }

static inline void sluice_SHA384_Init(SHA512_CTX *state) { (void)SHA384_Init(state); }

static inline void sluice_SHA512_Init(SHA512_CTX *state) { (void)SHA512_Init(state); }

static inline void sluice_SHA512_Update(SHA512_CTX *state, const void *bytes, size_t count) {
    (void)SHA512_Update(state, bytes, count);
}

static inline void sluice_SHA512_Final(unsigned char *digest, SHA512_CTX *state) { (void)SHA512_Final(digest, state); }

#pragma clang diagnostic pop

#endif
