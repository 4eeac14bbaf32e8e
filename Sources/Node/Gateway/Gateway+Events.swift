import Core
import HTTP
import ObjectStore
import S3
import SystemIO

/// The changes of a bucket, as one JSON answer after a wait, or as server-sent events
/// (HTML Living Standard, section 9.2) until the client goes or the node stops.
extension Gateway {
    /// A comment so often, so that proxies and clients know that the stream lives.
    private static let heartbeat = TimeSpan.seconds(15)
    private static let longestStream = TimeSpan.seconds(24 * 3600)
    private static let eventsPerWrite = 500

    func send(_ exchange: HTTPExchange, _ request: EventsRequest, _ requestID: String) async throws(S3Error) -> Int {
        let feed = BucketEvents(node.context)
        var follower = try await feed.begin(request)
        guard request.isStream else {
            let deadline = node.clock.now + .milliseconds(request.waitMilliseconds)
            var events = try await feed.next(&follower, limit: request.limit)
            // Changes of other buckets end a wait, too.
            while events.isEmpty, !node.drain.isDraining, try await feed.wait(follower, until: deadline) {
                events = try await feed.next(&follower, limit: request.limit)
            }
            let response = S3Response.events(events, position: follower.positionText)
            do throws(HTTPError) {
                try await exchange.respond(decorated(response.head, requestID), body: response.body)
            } catch {
                node.metrics.clientGone()
            }
            return 200
        }
        let head = ResponseHead(
            status: 200, headers: ["content-type": "text/event-stream", "cache-control": "no-cache"])
        do throws(HTTPError) {
            try await exchange.begin(decorated(head, requestID), framing: .chunked)
            // Where the stream begins, for a client that loses it before the first event.
            try await write("id: \(follower.positionText)\n: following\n\n", exchange)
            try await stream(feed, &follower, exchange)
            try await exchange.finish()
        } catch {
            node.metrics.clientGone()
        }
        return 200
    }

    private func stream(
        _ feed: BucketEvents, _ follower: inout BucketEvents.Follower, _ exchange: HTTPExchange
    ) async throws(HTTPError) {
        let end = node.clock.now + Self.longestStream
        while node.clock.now < end, !node.drain.isDraining {
            do throws(S3Error) {
                let events = try await feed.next(&follower, limit: Self.eventsPerWrite)
                if !events.isEmpty {
                    var text = ""
                    for event in events {
                        text += "id: \(event.position)\nevent: \(event.kind.rawValue)\ndata: \(event.json.text())\n\n"
                    }
                    do throws(HTTPError) { try await write(text, exchange) } catch { return }
                    continue
                }
                // In steps, so that a stop of the node does not wait for the heartbeat.
                var isNew = false
                let beat = node.clock.now + Self.heartbeat
                while !isNew, node.clock.now < beat, !node.drain.isDraining {
                    isNew = try await feed.wait(follower, until: min(beat, node.clock.now + .milliseconds(500)))
                }
                if !isNew { do throws(HTTPError) { try await write(": alive\n\n", exchange) } catch { return } }
            } catch {
                let message = error.jsonResponse(resource: "", requestID: "").body
                try await write(
                    "event: error\ndata: \(String(decoding: message, as: UTF8.self))\n\n", exchange)
                return
            }
        }
    }

    private func write(_ text: String, _ exchange: HTTPExchange) async throws(HTTPError) {
        try await exchange.write([IOSlice(copying: Array(text.utf8))])
    }
}
