import Core
import HTTP

/// Why an operation did not count.
enum Failure: Error, Hashable, CustomStringConvertible {
    case status(Int)
    case connection(String)
    /// The bytes that came are not those that were written.
    case contents
    case listing

    var description: String {
        switch self {
        case .status(let status): "status \(status)"
        case .connection(let error): "connection: \(error)"
        case .contents: "wrong contents"
        case .listing: "wrong listing"
        }
    }
}

/// One connection, used for one request at a time, made again after a failure. Confined to its task.
final class Client {
    private let machine: Machine
    private let target: Target
    private var connection: HTTPClientConnection?
    private let buffer = IOBuffer(capacity: Content.pieceBytes)
    /// Bytes of bodies that were moved, in either direction.
    private(set) var bytes = 0

    init(_ machine: Machine, _ target: Target) {
        self.machine = machine
        self.target = target
    }

    func open() async throws(BenchError) {
        connection = HTTPClientConnection(
            try await machine.connect(target.host, target.port), clock: machine.clock)
    }

    func close() { connection?.close() }

    func put(_ head: RequestHead, _ slices: [IOSlice]) async throws(Failure) {
        try await exchange(head, slices, expecting: 200) { connection throws(HTTPError) in
            _ = try await connection.readWholeBody(limit: 1 << 20)
        }
        for slice in slices { bytes += slice.count }
    }

    /// HEAD and DELETE.
    func send(_ head: RequestHead, expecting status: Int) async throws(Failure) {
        try await exchange(head, [], expecting: status) { connection throws(HTTPError) in
            _ = try await connection.readWholeBody(limit: 1 << 20)
        }
    }

    /// - Parameters:
    ///   - range: of the object, that was asked for.
    ///   - content: nil to count the bytes only.
    func get(_ head: RequestHead, key: Int, range: Range<Int>, _ content: Content?) async throws(Failure) {
        let buffer = buffer
        var position = range.lowerBound
        var isRight = true
        let status = head.headers["range"] == nil ? 200 : 206
        try await exchange(head, [], expecting: status) { connection throws(HTTPError) in
            while true {
                let count = try await connection.readBody(into: buffer.slice(0..<Content.pieceBytes))
                if count == 0 { break }
                if let content, isRight {
                    isRight = content.matches(buffer.slice(0..<count), key: key, at: position)
                }
                position += count
            }
        }
        bytes += position - range.lowerBound
        guard isRight, position == range.upperBound else { throw .contents }
    }

    /// A body that is wanted whole.
    func fetch(_ head: RequestHead) async throws(Failure) -> [UInt8] {
        var body: [UInt8] = []
        try await exchange(head, [], expecting: 200) { connection throws(HTTPError) in
            body = try await connection.readWholeBody(limit: 16 << 20)
        }
        bytes += body.count
        return body
    }

    private func exchange(
        _ head: RequestHead, _ slices: [IOSlice], expecting status: Int,
        _ body: (HTTPClientConnection) async throws(HTTPError) -> Void
    ) async throws(Failure) {
        do throws(HTTPError) {
            let connection = try await usable()
            let response = try await connection.request(head, body: slices)
            guard response.status == status else {
                _ = try await connection.readWholeBody(limit: 1 << 20)
                throw HTTPError.bodyTooLarge(limit: -response.status)
            }
            try await body(connection)
        } catch .bodyTooLarge(let limit) where limit < 0 {
            throw .status(-limit)
        } catch {
            connection?.close()
            connection = nil
            throw .connection("\(error)")
        }
    }

    private func usable() async throws(HTTPError) -> HTTPClientConnection {
        if let connection, connection.isReusable { return connection }
        do throws(BenchError) { try await open() } catch { throw .closed }
        guard let connection else { throw .closed }
        return connection
    }
}
