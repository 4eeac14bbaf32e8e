import Core
import Synchronization

/// Counters of the node, in Prometheus' text format (version 0.0.4).
final class Metrics: Sendable {
    private struct Key: Hashable {
        var operation: String
        var status: Int
    }

    private struct Latency {
        var counts = [UInt64](repeating: 0, count: Metrics.bounds.count + 1)
        var sum = 0.0
        var count: UInt64 = 0
    }

    private struct State {
        var requests: [Key: UInt64] = [:]
        var latencies: [String: Latency] = [:]
    }

    /// Upper bounds of the latency buckets, in seconds.
    static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private let state = Mutex(State())
    private let receivedBytes = Atomic<UInt64>(0)
    private let sentBytes = Atomic<UInt64>(0)
    private let goneClients = Atomic<UInt64>(0)
    private let requestsUnderWay = Atomic<Int>(0)
    private let repairedFragments = Atomic<UInt64>(0)

    func requestBegins() { requestsUnderWay.wrappingAdd(1, ordering: .relaxed) }
    func requestEnds() { requestsUnderWay.wrappingSubtract(1, ordering: .relaxed) }

    func count(operation: String, status: Int, took: TimeSpan) {
        let seconds = took.secondsAsDouble
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.requests[Key(operation: operation, status: status), default: 0] += 1
            state.latencies[operation, default: Latency()].counts[bucket] += 1
            state.latencies[operation]?.sum += seconds
            state.latencies[operation]?.count += 1
        }
    }

    func received(bytes: UInt64) { receivedBytes.wrappingAdd(bytes, ordering: .relaxed) }
    func sent(bytes: UInt64) { sentBytes.wrappingAdd(bytes, ordering: .relaxed) }
    func clientGone() { goneClients.wrappingAdd(1, ordering: .relaxed) }
    func repaired() { repairedFragments.wrappingAdd(1, ordering: .relaxed) }

    func render(into text: inout MetricsText) {
        let (requests, latencies) = state.withLock { ($0.requests, $0.latencies) }
        text.begin("roost_requests_total", "counter", "S3 requests by operation and status.")
        for (key, count) in requests.sorted(by: {
            ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status)
        }) {
            text.sample(count, ["operation": key.operation, "status": "\(key.status)"])
        }
        text.begin("roost_request_seconds", "histogram", "Time from head to the end of the answer.")
        for (operation, latency) in latencies.sorted(by: { $0.key < $1.key }) {
            var sum: UInt64 = 0
            for (index, bound) in Self.bounds.enumerated() {
                sum += latency.counts[index]
                text.sample(sum, ["operation": operation, "le": "\(bound)"], suffix: "_bucket")
            }
            text.sample(latency.count, ["operation": operation, "le": "+Inf"], suffix: "_bucket")
            text.sample(latency.sum, ["operation": operation], suffix: "_sum")
            text.sample(latency.count, ["operation": operation], suffix: "_count")
        }
        text.single(
            "roost_requests_under_way", "gauge", "S3 requests whose answer has not ended.",
            requestsUnderWay.load(ordering: .relaxed))
        text.single(
            "roost_received_bytes_total", "counter", "Object bytes stored.", receivedBytes.load(ordering: .relaxed))
        text.single("roost_sent_bytes_total", "counter", "Object bytes sent.", sentBytes.load(ordering: .relaxed))
        text.single(
            "roost_clients_gone_total", "counter", "Answers whose client was gone.",
            goneClients.load(ordering: .relaxed))
        text.single(
            "roost_repaired_fragments_total", "counter", "Missing or damaged fragments made again.",
            repairedFragments.load(ordering: .relaxed))
    }
}

/// Writes the text form, escaping label values.
struct MetricsText {
    private(set) var text = ""
    private var name = ""

    mutating func begin(_ name: String, _ type: String, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample<Value: Numeric>(
        _ value: Value, _ labels: KeyValuePairs<String, String> = [:], suffix: String = ""
    ) {
        text += name + suffix
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escape($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    mutating func single<Value: Numeric>(_ name: String, _ type: String, _ help: String, _ value: Value) {
        begin(name, type, help)
        sample(value)
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
