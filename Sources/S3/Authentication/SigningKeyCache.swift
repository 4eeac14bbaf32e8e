import Synchronization

/// Signing keys by access key and scope. Deriving one takes four HMACs, more than the rest of a verification.
///
/// Bounded: the oldest entry makes room. An entry holds the secret that it was made from, so that a changed secret is
/// never served by an old key.
final class SigningKeyCache: Sendable {
    private struct Name: Hashable {
        var accessKey: String
        var scope: CredentialScope

        /// Region and service are the same for all entries of one verifier.
        func hash(into hasher: inout Hasher) {
            hasher.combine(accessKey)
            hasher.combine(scope.date)
        }
    }

    private struct Entry {
        var secret: String
        var key: SigningKey
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        /// Names in the order in which they came; `next` is the one to be replaced once the ring is full.
        var ring: [Name] = []
        var next = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        precondition(capacity > 0, "a cache holds something")
        self.capacity = capacity
    }

    var count: Int { state.withLock { $0.entries.count } }

    func key(accessKey: String, secret: String, scope: CredentialScope) -> SigningKey {
        let name = Name(accessKey: accessKey, scope: scope)
        let cached = state.withLock { $0.entries[name] }
        if let cached, cached.secret == secret { return cached.key }
        let key = SigningKey(secret: secret, scope: scope)
        state.withLock { state in
            if state.entries.updateValue(Entry(secret: secret, key: key), forKey: name) != nil { return }
            if state.ring.count < capacity {
                state.ring.append(name)
            } else {
                state.entries[state.ring[state.next]] = nil
                state.ring[state.next] = name
                state.next = (state.next + 1) % capacity
            }
        }
        return key
    }
}
