private import Core

/// The chain of signatures over the chunks of an aws-chunked body: each signs the one before it.
///
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
/// Multiple Chunks" (`sigv4-streaming.html`) and "… Including Trailing Headers" (`sigv4-streaming-trailers.html`).
public struct ChunkSigning: Sendable {
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private let key: SigningKey
    private let scope: CredentialScope
    private let timestamp: String
    private var previous: String

    /// - Parameter seed: the signature of the head.
    init(key: SigningKey, scope: CredentialScope, timestamp: String, seed: String) {
        self.key = key
        self.scope = scope
        self.timestamp = timestamp
        self.previous = seed
    }

    /// The signature of the next chunk.
    /// - Parameter hash: SHA-256 of the chunk's bytes; of none for the last chunk.
    public mutating func signChunk(hash: [UInt8]) -> String {
        let signature = key.sign(
            "AWS4-HMAC-SHA256-PAYLOAD\n\(timestamp)\n\(scope.text)\n\(previous)\n\(Self.emptyHash)\n"
                + Hexadecimal.encode(hash))
        previous = signature.text
        return previous
    }

    /// The signature of the trailer, after the last chunk's.
    /// - Parameter hash: SHA-256 of the trailer fields, each as `name:value` and a line feed.
    public mutating func signTrailer(hash: [UInt8]) -> String {
        let signature = key.sign(
            "AWS4-HMAC-SHA256-TRAILER\n\(timestamp)\n\(scope.text)\n\(previous)\n" + Hexadecimal.encode(hash))
        previous = signature.text
        return previous
    }
}
