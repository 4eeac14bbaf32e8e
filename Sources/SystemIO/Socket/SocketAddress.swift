internal import CLinux
internal import Core
internal import Glibc

/// An IPv4 or IPv6 address with its port, in the kernel's form.
struct SocketAddress: Sendable {
    private(set) var storage = sockaddr_storage()
    private(set) var length: socklen_t = 0

    /// - Parameter length: of the part of `storage` that is used.
    init(_ storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        switch family {
        case AF_INET: withStorage(as: sockaddr_in.self) { UInt16(bigEndian: $0.sin_port) }
        case AF_INET6: withStorage(as: sockaddr_in6.self) { UInt16(bigEndian: $0.sin6_port) }
        default: 0
        }
    }

    /// The address as people write it, without the port. An IPv4 address that came through an IPv6 socket is written
    /// as IPv4, so that limits by address see one client.
    var host: String {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = withPointer { pointer, length in
            getnameinfo(pointer, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
        guard result == 0 else { return "?" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            // Safe: sockaddr_storage is made to be seen as any address.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private func withStorage<T, R>(as type: T.Type, _ body: (T) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: T.self, capacity: 1) { body($0.pointee) }
        }
    }

    /// The local address of a bound socket.
    static func local(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return result == 0 ? SocketAddress(storage, length: length) : nil
    }

    /// Blocks while names are looked up; not with `isNumeric`.
    /// - Parameter isPassive: for a listener: an empty host means all addresses.
    static func resolve(
        host: String, port: UInt16, isPassive: Bool = false, isNumeric: Bool = false
    ) -> Result<[SocketAddress], TransportError> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = (isPassive ? AI_PASSIVE : 0) | (isNumeric ? AI_NUMERICHOST : 0) | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.isEmpty ? nil : host, "\(port)", &hints, &list)
        guard code == 0 else { return .failure(.unreachable("\(host): \(String(cString: gai_strerror(code)))")) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr, Int(entry.pointee.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size
            {
                var storage = sockaddr_storage()
                // Safe: the length was checked against the storage.
                withUnsafeMutableBytes(of: &storage) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))
                }
                addresses.append(SocketAddress(storage, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(.unreachable("\(host): no address")) }
        return .success(addresses)
    }

    static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
