// What OpenSSL asks of a context in the middle of a handshake. Each callback finds its connection, and through it this
// context, in the BIO of the SSL it is given. Callbacks run only inside a verb of a `TLSConnection`, which holds the
// context; so no pointer to a Swift object is left in the SSL_CTX, and none can dangle.

internal import COpenSSL

extension OpenSSLContext {
    /// Asks for the peer's certificate.
    func verifyPeer(_ mode: CInt) { SSL_CTX_set_verify(pointer, mode, role == .server ? refuseTicket : nil) }

    func installCallbacks() {
        SSL_CTX_set_info_callback(pointer, noteAlert)
        if role == .client {
            SSL_CTX_sess_set_new_cb(pointer, keepSession)
            return
        }
        if tickets != nil { SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer, chooseTicketKey) }
        SSL_CTX_set_msg_callback(pointer, noteMessage)
        sluice_SSL_CTX_set_servername_callback(pointer, chooseIdentity, nil)
        if !applicationProtocols.isEmpty { SSL_CTX_set_alpn_select_cb(pointer, chooseApplicationProtocol, nil) }
    }

    /// Puts the identity for `host` into `ssl` (RFC 6066 §3).
    ///
    /// - Returns: What the callback returns: an unknown name gets the default identity, and no acknowledgement.
    fileprivate func installIdentity(for host: String, on ssl: OpaquePointer) -> CInt {
        guard let index = identities.index(for: host) else { return SSL_TLSEXT_ERR_NOACK }
        guard index > 0 else { return SSL_TLSEXT_ERR_OK }
        SSL_certs_clear(ssl)
        for identity in identities.groups[index].identities {
            let result = identity.withIntermediates { chain in
                SSL_use_cert_and_key(ssl, identity.certificate.pointer, identity.key.pointer, chain, 1)
            }
            guard result == 1 else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        }
        return SSL_TLSEXT_ERR_OK
    }

    /// Finds our most wanted protocol in the client's list (RFC 7301 §3.2).
    ///
    /// - Parameter offered: The client's list, each name behind its length byte.
    /// - Returns: The part of `offered` that holds the name, or `nil` without one in common.
    fileprivate func applicationProtocol(in offered: UnsafeRawBufferPointer) -> Range<Int>? {
        for wanted in applicationProtocols {
            var start = 0
            while start < offered.count, case let end = start + 1 + Int(offered[start]), end <= offered.count {
                if offered[(start + 1)..<end].elementsEqual(wanted) { return (start + 1)..<end }
                start = end
            }
        }
        return nil
    }
}

private func connection(of ssl: OpaquePointer?) -> TLSConnection? {
    ByteBufferBIO.connection(of: SSL_get_rbio(ssl))
}

// A fatal alert that we send becomes part of the error's message. OpenSSL does not put it into the queue.
private let noteAlert: @convention(c) (OpaquePointer?, CInt, CInt) -> Void = { ssl, event, value in
    guard event & SSL_CB_ALERT != 0, event & SSL_CB_WRITE != 0, value >> 8 == SSL3_AL_FATAL else { return }
    connection(of: ssl)?.alertSent = UInt8(truncatingIfNeeded: value)
}

private let chooseIdentity:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<CInt>?, UnsafeMutableRawPointer?) -> CInt = { ssl, _, _ in
        guard let ssl, let connection = connection(of: ssl),
            let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
        else { return SSL_TLSEXT_ERR_NOACK }
        return connection.context.installIdentity(for: String(cString: name), on: ssl)
    }

private let chooseApplicationProtocol:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
        UnsafePointer<UInt8>?, CUnsignedInt, UnsafeMutableRawPointer?
    ) -> CInt = { ssl, chosen, length, offered, count, _ in
        guard let offered, let context = connection(of: ssl)?.context else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let list = UnsafeRawBufferPointer(start: offered, count: Int(count))
        guard let name = context.applicationProtocol(in: list) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        chosen?.pointee = offered + name.lowerBound
        length?.pointee = UInt8(name.count)
        return SSL_TLSEXT_ERR_OK
    }

// Returning 1 keeps the reference that OpenSSL passes.
private let keepSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> CInt = { ssl, session in
    guard let session, let connection = connection(of: ssl), let name = connection.peerName,
        let sessions = connection.context.sessions
    else { return 0 }
    sessions.keep(Session(takingOwnership: session), for: name)
    return 1
}

private let chooseTicketKey:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?, CInt
    ) -> CInt = { ssl, name, nonce, cipher, code, isSealing in
        guard let tickets = connection(of: ssl)?.context.tickets, let name, let nonce else {
            return TicketKeys.Outcome.failed.rawValue
        }
        // A ticket has been promised, and an empty one keeps the promise (RFC 5077 §3.3).
        guard isSealing == 0 || SSL_get0_peer_certificate(ssl) == nil else {
            return TicketKeys.Outcome.unknown.rawValue
        }
        let outcome =
            isSealing == 1
            ? tickets.seal(name: name, nonce: nonce, cipher, code)
            : tickets.open(
                name: name, nonce: nonce, cipher, code, isForOneUse: SSL_version(ssl) >= TLS1_3_VERSION)
        return outcome.rawValue
    }

// Called for each record's header and each handshake message. Records are counted: tickets are sent under the same key
// as what follows, and a client's records without data have a budget.
private let noteMessage:
    @convention(c) (
        CInt, CInt, CInt, UnsafeRawPointer?, Int, OpaquePointer?, UnsafeMutableRawPointer?
    ) -> Void = { isWriting, _, type, bytes, count, ssl, _ in
        guard let connection = connection(of: ssl) else { return }
        if type == SSL3_RT_HEADER {
            connection.countRecord(isWriting: isWriting == 1)
        } else if type == SSL3_RT_HANDSHAKE, isWriting == 1 {
            connection.keys.note(sent: UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

// Called for each certificate of a client's chain. When a ticket is used, nobody checks again the certificate that it
// carries: neither its end, nor what it chains to. So a client that shows a certificate gets no ticket (RFC 8446
// §4.6.1), and has to show it again. In TLS 1.2 the ticket has been promised by then: see `chooseTicketKey`.
private let refuseTicket: @convention(c) (CInt, OpaquePointer?) -> CInt = { isFine, chain in
    guard let ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()) else { return 0 }
    return SSL_set_num_tickets(OpaquePointer(ssl), 0) == 1 ? isFine : 0
}
