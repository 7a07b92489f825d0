#!/bin/sh
# Makes what a developer needs to try Sluice over HTTPS: a certificate authority of their own, a server certificate
# that it signed, and a key set for tokens. Nothing that exists is overwritten. Needs the openssl command.
# Not for production: there the certificate comes from a public authority and the key set from your secret store.
set -eu
umask 077

usage() {
    cat <<'USAGE'
usage: certs/make-certs.sh [options]

  --dir DIR       folder to fill                       [CERT_DIR, else certs/dev beside this script]
  --names LIST    names and addresses of the server    [CERT_NAMES, else localhost,127.0.0.1,::1]
  --days N        life of the server certificate       [CERT_DAYS, else 365]
  --renew         make a new server certificate; keep the authority and the token keys
  --client NAME   also make NAME.pem and NAME.key, a client certificate for publishers (mTLS)
  --help

Makes ca.pem, ca.key, server.pem, server.key and keys.json. Private files can be read by their owner only.
USAGE
}

say() { printf 'certs: %s\n' "$*"; }
fail() { printf 'certs: %s\n' "$*" >&2; exit 1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=${CERT_DIR:-$here/dev}
names=${CERT_NAMES:-localhost,127.0.0.1,::1}
days=${CERT_DAYS:-365}
authority_days=3650
renew=no
client=

while [ $# -gt 0 ]; do
    case $1 in
    --help) usage; exit 0 ;;
    --renew) renew=yes; shift ;;
    --dir | --names | --days | --client)
        [ $# -ge 2 ] || fail "$1 needs a value; see --help"
        case $1 in
        --dir) dir=$2 ;;
        --names) names=$2 ;;
        --days) days=$2 ;;
        --client) client=$2 ;;
        esac
        shift 2 ;;
    *) fail "unknown option '$1'; see --help" ;;
    esac
done

command -v openssl >/dev/null || fail "the openssl command is missing; on Debian: apt-get install openssl"
case $days in '' | *[!0-9]*) fail "--days must be a whole number, not '$days'" ;; esac
# Browsers refuse a leaf that lives longer than 397 days, Mozilla's guideline says 366.
[ "$days" -le 366 ] || fail "--days is $days, and browsers want 366 or less"
case $client in *[!A-Za-z0-9._-]*) fail "--client may hold letters, digits, '.', '_' and '-', not '$client'" ;; esac
case $client in ca | server | .*) fail "--client must not be '$client'" ;; esac

# names_extension LIST: prints the list as an X.509 subjectAltName, addresses told from names by their form.
names_extension() {
    result=
    old_ifs=$IFS
    IFS=,
    set -f
    for name in $1; do
        case $name in
        *[!A-Za-z0-9.:*-]* | '') fail "'$name' in --names is neither a host name nor an address" ;;
        *:* | *[0-9].[0-9]*.[0-9]*.[0-9]*) kind=IP ;;
        *) kind=DNS ;;
        esac
        case $name in *[!0-9.:a-fA-F]*) kind=DNS ;; esac
        result=${result:+$result,}$kind:$name
    done
    set +f
    IFS=$old_ifs
    printf '%s\n' "$result"
}

# key FILE: a P-256 private key, the curve that every TLS client has and whose signatures are cheapest for a server.
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# A random serial: two authorities of one name must not issue the same number, or browsers refuse both.
serial() { printf '0x4%s' "$(openssl rand -hex 15)"; }

make_authority() {
    key "$work/ca.key"
    openssl req -x509 -new -sha256 -key "$work/ca.key" -days "$authority_days" -set_serial "$(serial)" \
        -subj "/O=Sluice development/CN=Sluice development CA $(openssl rand -hex 4)" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -out "$work/ca.pem"
}

# make_leaf NAME SUBJECT USAGE [SAN]: NAME.key and NAME.pem. The chain in NAME.pem is the certificate alone: its authority
# is the root that clients are given, and a root in the chain only makes every handshake longer (RFC 8446 section 4.4.2).
make_leaf() {
    key "$work/$1.key"
    {
        echo "basicConstraints=critical,CA:FALSE"
        echo "keyUsage=critical,digitalSignature"
        echo "extendedKeyUsage=$3"
        echo "subjectKeyIdentifier=hash"
        echo "authorityKeyIdentifier=keyid"
        [ -z "${4-}" ] || echo "subjectAltName=$4"
    } >"$work/extensions"
    openssl req -new -sha256 -key "$work/$1.key" -subj "$2" -out "$work/request"
    openssl x509 -req -sha256 -in "$work/request" -CA "$authority/ca.pem" -CAkey "$authority/ca.key" \
        -set_serial "$(serial)" -days "$days" -extfile "$work/extensions" -out "$work/$1.pem" 2>/dev/null
}

# A JWKS (RFC 7517) with one random 384-bit secret; HS256 asks for 256 bits or more (RFC 7518 section 3.2).
make_keys() {
    secret=$(openssl rand -base64 48 | tr '+/' '-_' | tr -d '=\n')
    printf '{\n  "keys": [\n    {"kty": "oct", "kid": "dev-1", "alg": "HS256", "use": "sig", "k": "%s"}\n  ]\n}\n' \
        "$secret" >"$work/keys.json"
}

# Everything is made in a folder beside its place and then renamed, so that no reader sees half a file.
install_file() { # NAME MODE
    chmod "$2" "$work/$1"
    mv -f "$work/$1" "$dir/$1"
    say "made $dir/$1"
}

both_or_none() { # NAME
    { [ -e "$dir/$1.pem" ] && certificate=yes; } || certificate=no
    { [ -e "$dir/$1.key" ] && key=yes; } || key=no
    [ "$certificate" = "$key" ] ||
        fail "$dir holds only one of $1.pem and $1.key; move the folder away and run this again"
}

expiry() { openssl x509 -noout -enddate -in "$1" | cut -d= -f2; }
expired() { ! openssl x509 -noout -checkend 0 -in "$1" >/dev/null; }

mkdir -p "$dir"
chmod go+rx "$dir"
both_or_none ca
both_or_none server
work=$(mktemp -d "$dir/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -e "$dir/ca.pem" ] && expired "$dir/ca.pem"; then
    fail "the authority $dir/ca.pem expired on $(expiry "$dir/ca.pem"); move the folder away and run this again"
fi
if [ -e "$dir/ca.pem" ]; then
    authority=$dir
elif [ -e "$dir/server.pem" ]; then
    fail "$dir has server.pem but no ca.pem to go with it; move the folder away and run this again"
else
    authority=$work
    make_authority
fi

new_server=no
if [ ! -e "$dir/server.pem" ] || [ "$renew" = yes ]; then
    new_server=yes
    make_leaf server "/O=Sluice development/CN=${names%%,*}" serverAuth "$(names_extension "$names")"
fi

if [ "$authority" = "$work" ]; then
    install_file ca.key 600
    install_file ca.pem 644
    authority=$dir
fi
if [ "$new_server" = yes ]; then
    install_file server.key 600
    install_file server.pem 644
else
    say "$dir/server.pem exists and stays as it is (valid until $(expiry "$dir/server.pem"))"
fi
if [ -e "$dir/keys.json" ]; then
    say "$dir/keys.json exists and stays as it is"
else
    make_keys
    install_file keys.json 600
fi
if [ -n "$client" ]; then
    both_or_none "$client"
    if [ -e "$dir/$client.pem" ] && [ "$renew" = no ]; then
        say "$dir/$client.pem exists and stays as it is (valid until $(expiry "$dir/$client.pem"))"
    else
        make_leaf "$client" "/O=Sluice development/CN=$client" clientAuth
        install_file "$client.key" 600
        install_file "$client.pem" 644
    fi
fi
if expired "$dir/server.pem"; then
    fail "$dir/server.pem expired on $(expiry "$dir/server.pem"); to renew it: make certs-renew"
fi
