// Proxies that `deploy` has no file for, each with its defaults or with compression switched on: how events fare behind
// what a team already has. They take plain HTTP on loopback, and speak TLS to the gateway where they can.

import Foundation

/// A running proxy of one of many makes.
final class PlainProxy: Sendable {
    /// What runs, and how it is set up.
    enum Kind: String, Sendable, CaseIterable {
        case apache, apacheDeflate, caddy, caddyEncode, haproxyGzip, nginxGzip, nghttpx, nghttpxHTTP2, squid, varnish
    }

    /// How a proxy is run.
    private struct Setup {
        let program: String
        let arguments: [String]
        /// The file that `arguments` name as `FILE`.
        var file = ""
    }

    let port: Int
    private let children: [Child]

    var url: String { "http://127.0.0.1:\(port)" }
    var transcript: String { children.map(\.transcript).joined(separator: "\n") }

    /// Starts a proxy and waits until the gateway answers through it.
    static func start(_ kind: Kind, before gateway: Gateway) async throws -> PlainProxy {
        let proxy = try PlainProxy(kind, gateway)
        try await eventually("an answer through \(kind)", otherwise: { proxy.transcript }) {
            try await proxy.status(of: "/v1/stream", gateway) == 401
        }
        return proxy
    }

    private init(_ kind: Kind, _ gateway: Gateway) throws {
        let ports = try freePorts(2)
        port = ports[0]
        // Debian's Varnish speaks no TLS to what is behind it: HAProxy does it in between.
        let setups =
            kind == .varnish
            ? [
                Self.haproxy("", gateway, port: ports[1]),
                Self.varnish(before: ports[1], gateway, port: ports[0]),
            ] : [Self.setup(kind, gateway, port: ports[0])]
        children = try setups.map { setup in
            let file = try gateway.workspace.write(setup.file, to: "\(UUID().uuidString)-\(kind)")
            return try Child(
                setup.program, setup.arguments.map { $0.replacing("FILE", with: file) },
                environment: ["PATH": Proxy.path, "HOME": gateway.workspace.path(".")], in: gateway.workspace)
        }
    }

    private static func setup(_ kind: Kind, _ gateway: Gateway, port: Int) -> Setup {
        switch kind {
        case .apache: apache("", gateway, port: port)
        case .apacheDeflate: apache("SetOutputFilter DEFLATE", gateway, port: port)
        case .caddy: caddy("", gateway, port: port)
        case .caddyEncode:
            caddy("encode {\ngzip\nmatch {\nheader Content-Type *\n}\n}", gateway, port: port)
        case .haproxyGzip: haproxy("compression algo gzip", gateway, port: port)
        case .nginxGzip: nginx("gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1;", gateway, port: port)
        case .nghttpx: nghttpx("http/1.1", gateway, port: port)
        case .nghttpxHTTP2: nghttpx("h2", gateway, port: port)
        case .squid: squid(gateway, port: port)
        case .varnish: preconditionFailure("Varnish is two programs.")
        }
    }

    /// The status of an answer to somebody who sends no token.
    private func status(of path: String, _ gateway: Gateway) async throws -> Int? {
        let curl = try Child(
            "curl",
            ["--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}", url + path],
            in: gateway.workspace)
        _ = try await curl.ended()
        return Int(curl.output)
    }

    func end() { children.forEach { $0.end() } }
}

extension PlainProxy {
    private static func apache(_ line: String, _ gateway: Gateway, port: Int) -> Setup {
        let modules = ["mpm_event", "authz_core", "filter", "deflate", "proxy", "proxy_http", "ssl"]
        let file = """
            ServerRoot /usr/lib/apache2
            ServerName localhost
            User www-data
            PidFile \(gateway.workspace.freshPath("apache.pid"))
            DefaultRuntimeDir \(gateway.workspace.path("."))
            ErrorLog /dev/stderr
            Listen 127.0.0.1:\(port)
            \(modules.map { "LoadModule \($0)_module modules/mod_\($0).so" }.joined(separator: "\n"))
            \(line)
            SSLProxyEngine on
            SSLProxyCACertificateFile \(gateway.certificates.authority)
            ProxyPass / \(gateway.url)/

            """
        return Setup(program: "apache2", arguments: ["-X", "-f", "FILE"], file: file)
    }

    private static func caddy(_ lines: String, _ gateway: Gateway, port: Int) -> Setup {
        let file = """
            {
            admin off
            auto_https off
            }
            http://127.0.0.1:\(port) {
            \(lines)
            reverse_proxy \(gateway.url) {
            transport http {
            tls_trusted_ca_certs \(gateway.certificates.authority)
            }
            }
            }

            """
        return Setup(
            program: "caddy", arguments: ["run", "--adapter", "caddyfile", "--config", "FILE"], file: file)
    }

    private static func haproxy(_ line: String, _ gateway: Gateway, port: Int) -> Setup {
        let trust = "ssl verify required ca-file \(gateway.certificates.authority) sni str(localhost)"
        let file = """
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            frontend events
                bind 127.0.0.1:\(port)
                \(line)
                default_backend gateways
            backend gateways
                server gateway1 127.0.0.1:\(gateway.port) \(trust)

            """
        return Setup(program: "haproxy", arguments: ["-db", "-f", "FILE"], file: file)
    }

    private static func nginx(_ line: String, _ gateway: Gateway, port: Int) -> Setup {
        let file = """
            events {}
            http {
                access_log off;
                server {
                    listen 127.0.0.1:\(port);
                    \(line)
                    location / {
                        proxy_pass \(gateway.url);
                        proxy_ssl_verify on;
                        proxy_ssl_trusted_certificate \(gateway.certificates.authority);
                    }
                }
            }

            """
        return Setup(
            program: "nginx",
            arguments: [
                "-c", "FILE", "-e", "stderr", "-g", "daemon off; pid \(gateway.workspace.freshPath("pid"));",
            ], file: file)
    }

    private static func nghttpx(_ version: String, _ gateway: Gateway, port: Int) -> Setup {
        Setup(
            program: "nghttpx",
            arguments: [
                "--conf=FILE", "--frontend=127.0.0.1,\(port);no-tls",
                "--backend=127.0.0.1,\(gateway.port);;tls;proto=\(version);sni=localhost",
                "--cacert=\(gateway.certificates.authority)",
            ])
    }

    private static func squid(_ gateway: Gateway, port: Int) -> Setup {
        let peer = "parent \(gateway.port) 0 no-query originserver login=PASSTHRU name=gateway"
        let file = """
            http_port 127.0.0.1:\(port) accel defaultsite=localhost no-vhost
            cache_peer 127.0.0.1 \(peer) tls tls-cafile=\(gateway.certificates.authority) ssldomain=localhost
            http_access allow all
            cache_peer_access gateway allow all
            pid_filename none
            access_log none
            cache_log /dev/null
            pinger_enable off
            coredump_dir /

            """
        return Setup(program: "squid", arguments: ["-N", "-d", "1", "-f", "FILE"], file: file)
    }

    private static func varnish(before next: Int, _ gateway: Gateway, port: Int) -> Setup {
        let file = """
            vcl 4.1;
            backend gateway { .host = "127.0.0.1"; .port = "\(next)"; }

            """
        return Setup(
            program: "varnishd",
            arguments: [
                "-j", "none", "-F", "-a", "127.0.0.1:\(port)", "-f", "FILE", "-n",
                gateway.workspace.freshPath("varnish"),
            ],
            file: file)
    }
}
