import Core
import Metadata
import TestSupport
import Testing

@Suite("Users and access keys")
struct IdentityTests {
    private static func shard() throws -> ShardHarness {
        var shard = try ShardHarness()
        for name in ["a", "ab", "b"] {
            #expect(try shard.apply(.identity(.createUser(name: name, description: "is \(name)"))) == .done)
        }
        for (id, user) in [("k1", "a"), ("k2", "ab"), ("k3", "a"), ("k0", "b")] {
            let command = IdentityCommand.createAccessKey(id: id, user: user, sealedSecret: Array(id.utf8))
            #expect(try shard.apply(.identity(command)) == .done)
        }
        return shard
    }

    @Test func keysAreFoundByIDAndByUser() throws {
        let reader = try Self.shard().state.reader
        let key = try #require(try reader.accessKey("k1"))
        #expect(key.user == "a" && key.status == .active && key.sealedSecret == Array("k1".utf8))
        guard case .known(let cached) = try reader.cachedAccessKey("k1") else {
            Issue.record("not in memory")
            return
        }
        #expect(cached == key)
        #expect(try reader.accessKey("k9") == nil)
        // A user's name that begins another's: their keys do not mix.
        #expect(try reader.accessKeys(of: "a", after: nil, limit: 10).map(\.id) == ["k1", "k3"])
        #expect(try reader.accessKeys(of: "ab", after: nil, limit: 10).map(\.id) == ["k2"])
        #expect(try reader.accessKeys(of: "a", after: "k1", limit: 10).map(\.id) == ["k3"])
        #expect(try reader.accessKeys(of: nil, after: "k0", limit: 2).map(\.id) == ["k1", "k2"])
        #expect(try reader.users(after: "a", limit: 10).map(\.name) == ["ab", "b"])
        #expect(try reader.users(after: nil, limit: 1).map(\.description) == ["is a"])
    }

    @Test func changes() throws {
        var shard = try Self.shard()
        try shard.apply(.identity(.updateAccessKey(id: "k1", status: .disabled, sealedSecret: nil)))
        var key = try #require(try shard.state.reader.accessKey("k1"))
        #expect(key.status == .disabled && key.sealedSecret == Array("k1".utf8))
        // Sealed again: nothing else changes.
        try shard.apply(.identity(.updateAccessKey(id: "k1", status: nil, sealedSecret: [7])))
        key = try #require(try shard.state.reader.accessKey("k1"))
        #expect(key.status == .disabled && key.sealedSecret == [7])
        try shard.apply(.identity(.updateUser(name: "a", status: .disabled, description: nil)))
        let user = try #require(try shard.state.reader.user(named: "a"))
        #expect(user.status == .disabled && user.description == "is a")
    }

    @Test func refusals() throws {
        var shard = try Self.shard()
        let apply = { (shard: inout ShardHarness, command: IdentityCommand) in try shard.apply(.identity(command)) }
        #expect(try apply(&shard, .createUser(name: "a", description: "")) == .nameTaken)
        #expect(try apply(&shard, .createAccessKey(id: "k1", user: "b", sealedSecret: [])) == .nameTaken)
        #expect(try apply(&shard, .createAccessKey(id: "k9", user: "nobody", sealedSecret: [])) == .noSuchUser)
        #expect(try apply(&shard, .updateUser(name: "nobody", status: nil, description: nil)) == .noSuchUser)
        #expect(try apply(&shard, .updateAccessKey(id: "k9", status: nil, sealedSecret: nil)) == .noSuchAccessKey)
        #expect(try apply(&shard, .deleteAccessKey(id: "k9")) == .noSuchAccessKey)
        #expect(try apply(&shard, .deleteUser(name: "nobody")) == .noSuchUser)
        #expect(try apply(&shard, .deleteUser(name: "ab")) == .userHasAccessKeys)
        #expect(try apply(&shard, .deleteAccessKey(id: "k2")) == .done)
        #expect(try apply(&shard, .deleteUser(name: "ab")) == .done)
        #expect(try shard.state.reader.user(named: "ab") == nil)
        for name in ["", String(repeating: "n", count: 256)] {
            #expect(try apply(&shard, .createUser(name: name, description: "")) == .notUnderstood)
        }
    }
}
