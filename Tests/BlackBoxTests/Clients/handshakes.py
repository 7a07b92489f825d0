"""Handshakes with each TLS version by Python's ssl, with the client's own lower limits taken away."""

import ssl
import warnings

from connection import context, parser, report, tls

options = parser(__doc__).parse_args()
warnings.simplefilter("ignore", DeprecationWarning)

for version in [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
    offer = context(options.ca)
    # At the usual security level the client refuses the old versions by itself, which would prove nothing.
    offer.set_ciphers("DEFAULT:@SECLEVEL=0")
    offer.minimum_version = offer.maximum_version = version
    try:
        with tls(options.port, offer) as connection:
            report(offered=version.name, version=connection.version(), protocol=connection.selected_alpn_protocol())
    except ssl.SSLError as error:
        report(offered=version.name, error=str(error.reason))
    except OSError as error:
        report(offered=version.name, error=str(error))
