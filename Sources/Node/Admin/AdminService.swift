import Core
import Directory
import FragmentStore
import HTTP
import Journal
import ObjectStore
import Replication
import S3
import Synchronization
import SystemIO

/// The admin service: health and metrics for anyone who can reach the port, resources as JSON for signed requests.
final class AdminService: Sendable {
    private let node: NodeServer
    private let verifier: SigV4Verifier
    /// S3 under the admin port's `/s3`, so that the console needs no other origin.
    private let gateway: Gateway
    private let session: AdminSession

    init(node: NodeServer) {
        self.node = node
        self.gateway = Gateway(node: node, pathPrefix: Gateway.adminPrefix)
        self.session = AdminSession(rootSecret: node.settings.root.secretKey)
        self.verifier = SigV4Verifier(region: node.settings.region)
    }

    func handle(_ exchange: HTTPExchange) async {
        let path = String(exchange.head.rawPath)
        if gateway.serves(path) { return await gateway.handle(exchange) }
        if let head = console(path, exchange.head) {
            try? await exchange.respond(head.0, body: head.1)
            return
        }
        if path == "/admin/v1/session" { return await changeSession(exchange) }
        let answer: (status: Int, type: String, body: [UInt8])
        switch path {
        case "/health/live": answer = (200, "text/plain", Array("live\n".utf8))
        case "/health/ready":
            let isReady = node.isReady
            answer = (isReady ? 200 : 503, "text/plain", Array((isReady ? "ready\n" : "not ready\n").utf8))
        case "/metrics": answer = (200, "text/plain; version=0.0.4", Array(metrics().utf8))
        default:
            let (status, type, body) = await resource(path, exchange)
            if AdminPage.wants(exchange.head), let value = try? JSONParser.parse(body) {
                answer = (status, "text/html; charset=utf-8", AdminPage.render(path, value))
            } else {
                answer = (status, type, body)
            }
        }
        try? await exchange.respond(
            ResponseHead(
                status: answer.status,
                headers: [
                    "content-type": answer.type, "cache-control": "no-store", "x-content-type-options": "nosniff",
                    "content-security-policy": ConsoleFiles.policy,
                ]),
            body: answer.body)
    }

    /// The console's files, for anyone: they hold no secret and can do nothing by themselves.
    private func console(_ path: String, _ head: RequestHead) -> (ResponseHead, [UInt8])? {
        guard head.method == "GET" || head.method == "HEAD" else { return nil }
        if path == "/" || path == "/console" {
            return (ResponseHead(status: 302, headers: ["location": ConsoleFiles.prefix]), [])
        }
        // What a browser has to know to sign.
        if path == "/console/region" {
            return (
                ResponseHead(status: 200, headers: ["content-type": "text/plain", "cache-control": "no-store"]),
                Array("\(node.settings.region)\n".utf8)
            )
        }
        guard let file = ConsoleFiles.file(path) else { return nil }
        let headers: Headers = [
            "content-type": file.type, "cache-control": "no-cache", "x-content-type-options": "nosniff",
            "content-security-policy": ConsoleFiles.policy, "referrer-policy": "no-referrer",
        ]
        return (ResponseHead(status: 200, headers: headers), file.bytes)
    }

    /// A signed POST begins a session for pages, a DELETE ends it.
    private func changeSession(_ exchange: HTTPExchange) async {
        let head = exchange.head
        var answer = Self.failure(405, "MethodNotAllowed", "A session is begun by POST and ended by DELETE.")
        var cookie: String?
        if head.method == "DELETE" {
            answer = (204, "application/json", [])
            cookie = AdminSession.ended
        } else if head.method == "POST" {
            do throws(S3Error) {
                _ = try verifyRoot(head)
                answer = Self.json(["links": AdminResources.links])
                cookie = session.cookie(now: node.clock.wallTime, isEncrypted: exchange.isEncrypted)
            } catch {
                answer = Self.failure(error.status, error.code.rawValue, error.message)
            }
        }
        var headers: Headers = ["content-type": answer.1, "cache-control": "no-store"]
        if let cookie { headers.set("set-cookie", cookie) }
        try? await exchange.respond(ResponseHead(status: answer.0, headers: headers), body: answer.2)
    }

    private func verifyRoot(_ head: RequestHead) throws(S3Error) -> PayloadForm {
        let root = node.settings.root
        return try verifier.verify(head, now: node.clock.wallTime) { key in
            key == root.accessKey ? Credential(secretKey: root.secretKey, user: "root") : nil
        }.payloadForm
    }

    private func resource(_ path: String, _ exchange: HTTPExchange) async -> (Int, String, [UInt8]) {
        var form = PayloadForm.unsigned
        if !session.permits(exchange.head, now: node.clock.wallTime) {
            do throws(S3Error) { form = try verifyRoot(exchange.head) } catch {
                return Self.failure(error.status, error.code.rawValue, error.message)
            }
        }
        switch (exchange.head.method, path) {
        case ("GET", "/admin/v1"), ("GET", "/admin/v1/"): return Self.json(AdminResources(node).index())
        case ("GET", "/admin/v1/status"): return Self.json(AdminResources(node).status())
        case ("GET", "/admin/v1/drives"): return Self.json(AdminResources(node).drives())
        case ("GET", "/admin/v1/shards"): return Self.json(AdminResources(node).shards())
        case (_, _) where path.hasPrefix("/admin/v1/users") || path.hasPrefix("/admin/v1/keys"):
            let method = exchange.head.method
            let document = method == "POST" || method == "PATCH" ? await Self.document(exchange, form) : nil
            guard
                let answer = await IdentityResources(identities: node.identities).answer(method, path, document)
            else { return Self.failure(404, "NotFound", "There is no \(method) \(path).") }
            if answer.status == 200 { return Self.json(answer.value) }
            return Self.failure(answer.status, answer.code, answer.value.string ?? "")
        case ("GET", "/admin/v1/directory"): return Self.json(AdminResources(node).directory())
        case ("GET", "/admin/v1/indexes"): return Self.json(IndexResources(node).list())
        case ("POST", "/admin/v1/indexes/rebuild"): return await rebuildIndexes(exchange, form)
        case ("POST", "/admin/v1/directory/accept"): return await acceptDirectory(exchange, form)
        case ("POST", "/admin/v1/faults") where node.settings.allowsFaultInjection:
            return await setFault(exchange, form)
        default:
            return Self.failure(404, "NotFound", "There is no \(exchange.head.method) \(path).")
        }
    }

    /// `{"generation": N}`: that of the directory which the operator has looked at.
    private func acceptDirectory(_ exchange: HTTPExchange, _ form: PayloadForm) async -> (Int, String, [UInt8]) {
        guard let value = await Self.document(exchange, form),
            let generation = value["generation"]?.integer.flatMap({ UInt64(exactly: $0) })
        else { return Self.failure(400, "InvalidRequest", "The generation of the directory is needed.") }
        do {
            guard try await node.acceptDirectory(generation: generation) else {
                return Self.failure(
                    409, "Conflict", "The directory is not read-only, or its generation is not \(generation).")
            }
        } catch {
            return Self.failure(503, "Unavailable", "The directory could not be accepted: \(error).")
        }
        return Self.json(AdminResources(node).directory())
    }

    /// `{"shard": N}`, or `{}` for all.
    private func rebuildIndexes(_ exchange: HTTPExchange, _ form: PayloadForm) async -> (Int, String, [UInt8]) {
        guard let value = await Self.document(exchange, form), value.object != nil else {
            return Self.failure(400, "InvalidRequest", "A JSON object is needed.")
        }
        var shard: ShardID?
        if let member = value["shard"] {
            guard let number = member.integer.flatMap({ UInt32(exactly: $0) }) else {
                return Self.failure(400, "InvalidRequest", "The shard is a number.")
            }
            shard = ShardID(number)
        }
        guard let count = IndexResources(node).rebuild(shard) else {
            return Self.failure(404, "NotFound", "There is no such shard with an index here.")
        }
        return Self.json(["rebuilding": .init(count)])
    }

    /// `{"drive": PATH, "fault": "none" | "error" | "hang"}`; only with fault injection allowed, for tests.
    private func setFault(_ exchange: HTTPExchange, _ form: PayloadForm) async -> (Int, String, [UInt8]) {
        guard let value = await Self.document(exchange, form),
            let path = value["drive"]?.string, let fault = value["fault"]?.string,
            let host = node.hub.allHosts.first(where: { $0.path == path })
        else { return Self.failure(400, "InvalidRequest", "A drive and a fault are needed.") }
        switch fault {
        case "none": host.faults.set(.none)
        case "error": host.faults.set(.fail(errno: 5))
        case "hang": host.faults.set(.hang)
        default: return Self.failure(400, "InvalidRequest", "The fault is none, error or hang.")
        }
        return Self.json(["drive": .string(path), "fault": .string(fault)])
    }

    /// The request's document; nil unless it is JSON and has the hash that was signed, if one was.
    private static func document(_ exchange: HTTPExchange, _ form: PayloadForm) async -> JSONValue? {
        guard let body = try? await exchange.readWholeBody(limit: 64 << 10) else { return nil }
        switch form {
        case .signed(let hash): guard Digest.of(body, .sha256) == hash else { return nil }
        case .unsigned: break
        case .signedChunks, .signedChunksWithTrailer, .unsignedChunksWithTrailer: return nil
        }
        return try? JSONParser.parse(body)
    }

    private static func json(_ value: JSONValue) -> (Int, String, [UInt8]) {
        (200, "application/json", value.encoded(indented: true) + Array("\n".utf8))
    }

    private static func failure(_ status: Int, _ code: String, _ message: String) -> (Int, String, [UInt8]) {
        let value: JSONValue = ["error": ["code": .string(code), "message": .string(message)]]
        return (status, "application/json", value.encoded())
    }

    private func metrics() -> String {
        var text = MetricsText()
        node.metrics.render(into: &text)
        let hosts = node.hub.allHosts
        text.begin("roost_drive_online", "gauge", "1 if the drive is in use.")
        for host in hosts { text.sample(host.isOnline ? 1 : 0, ["drive": host.path]) }
        text.begin("roost_drive_total_bytes", "gauge", "Size of the drive's filesystem.")
        for host in hosts { text.sample(host.status.withLock { $0.space.total }, ["drive": host.path]) }
        text.begin("roost_drive_available_bytes", "gauge", "Free bytes of the drive's filesystem.")
        for host in hosts { text.sample(host.status.withLock { $0.space.available }, ["drive": host.path]) }
        text.begin("roost_drive_errors_total", "counter", "Errors of the drive since the start.")
        for host in hosts { text.sample(host.status.withLock { $0.errors }, ["drive": host.path]) }
        text.begin("roost_replicas_quarantined", "gauge", "Replicas that do not run because they cannot be trusted.")
        for host in hosts { text.sample(host.quarantined.count, ["drive": host.path]) }
        text.begin("roost_journal_bytes", "gauge", "Size of the drive's journal.")
        for host in hosts { text.sample(host.journal.sizeBytes, ["drive": host.path]) }
        text.begin("roost_shard_epoch", "gauge", "Epoch of the shard's record.")
        for shard in node.directory.view.allShards { text.sample(shard.epoch.rawValue, ["shard": "\(shard.shard)"]) }
        text.begin("roost_shard_members", "gauge", "Members of the shard.")
        for shard in node.directory.view.allShards { text.sample(shard.members.count, ["shard": "\(shard.shard)"]) }
        text.begin("roost_shard_serving", "gauge", "1 if the shard's leader serves.")
        for shard in node.directory.view.allShards {
            let serves = node.hub.leader(of: shard.shard)?.readerForReads() != nil
            text.sample(serves ? 1 : 0, ["shard": "\(shard.shard)"])
        }
        IndexResources(node).metrics(into: &text)
        text.single(
            "roost_memory_budget_used_bytes", "gauge", "Memory reserved by bodies under way.",
            node.context.budget.usedBytes)
        text.single("roost_repair_queue", "gauge", "Stripes that wait for repair.", node.fragmentHub.damagedCount)
        text.single("roost_connections", "gauge", "Open connections.", node.drain.connectionCount)
        text.single(
            "roost_uptime_seconds", "gauge", "Time since the start.",
            node.clock.now.since(node.started).secondsAsDouble)
        return text.text
    }
}
