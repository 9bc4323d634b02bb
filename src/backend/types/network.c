/*
 * network.c - inet and cidr: text to value and back
 *
 * Layout     varlena of  1 family (2: IPv4, 3: IPv6)   1 bits of the network   4 or 16 address,
 *            as PostgreSQL stores it.
 * Errors     22P02 for text that is no address
 */
#include "types_int.h"

#include <arpa/inet.h>

#define FAMILY_IPV4 2
#define FAMILY_IPV6 3

typedef struct NetworkAddress
{
    uint8 family;
    uint8 bits;
    uint8 address[16];
} NetworkAddress;

static int
network_address_size(uint8 family)
{
    return family == FAMILY_IPV4 ? 4 : 16;
}

static Datum
network_form(const NetworkAddress *address)
{
    int size = 2 + network_address_size(address->family);
    struct varlena *value = palloc0(VARHDRSZ + size);

    SET_VARSIZE(value, VARHDRSZ + size);
    memcpy(VARDATA(value), address, size);
    return PointerGetDatum(value);
}

static NetworkAddress
network_read(Datum datum)
{
    NetworkAddress address = {0};
    struct varlena *value = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(datum));

    memcpy(&address, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
    return address;
}

static bool
network_has_host_bits(const NetworkAddress *address)
{
    for (int bit = address->bits; bit < 8 * network_address_size(address->family); bit++)
        if (address->address[bit / 8] & (0x80 >> (bit % 8)))
            return true;
    return false;
}

static Datum
network_parse(const char *text, bool is_cidr)
{
    const char *type = is_cidr ? "cidr" : "inet";
    NetworkAddress address = {.family = strchr(text, ':') ? FAMILY_IPV6 : FAMILY_IPV4};
    char host[INET6_ADDRSTRLEN + 1];
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t) (slash - text) : strlen(text);
    int max = 8 * network_address_size(address.family);

    address.bits = (uint8) max;
    if (length >= sizeof(host))
        types_throw_syntax(type, text);
    memcpy(host, text, length);
    host[length] = '\0';
    if (inet_pton(address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, host, address.address) != 1)
        types_throw_syntax(type, text);
    if (slash)
    {
        char *end;
        long bits = strtol(slash + 1, &end, 10);

        if (!isdigit((unsigned char) slash[1]) || *end != '\0' || bits > max)
            types_throw_syntax(type, text);
        address.bits = (uint8) bits;
    }
    if (is_cidr && network_has_host_bits(&address))
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                        errmsg("invalid cidr value: \"%s\"", text),
                        errdetail("Value has bits set to right of mask.")));
    return network_form(&address);
}

static char *
network_text(Datum datum, bool is_cidr)
{
    NetworkAddress address = network_read(datum);
    char host[INET6_ADDRSTRLEN + 1];

    inet_ntop(address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, address.address, host,
              sizeof(host));
    if (!is_cidr && address.bits == 8 * network_address_size(address.family))
        return pstrdup(host);
    return psprintf("%s/%u", host, address.bits);
}

SQL_FUNCTION(inet_in)
{
    return network_parse(PG_GETARG_CSTRING(0), false);
}

SQL_FUNCTION(cidr_in)
{
    return network_parse(PG_GETARG_CSTRING(0), true);
}

SQL_FUNCTION(inet_out)
{
    PG_RETURN_CSTRING(network_text(PG_GETARG_DATUM(0), false));
}

SQL_FUNCTION(cidr_out)
{
    PG_RETURN_CSTRING(network_text(PG_GETARG_DATUM(0), true));
}
