import Core
import HTTP
import ObjectStore
import S3

/// The body of a request, as ObjectStore reads it.
final class ExchangeSource: PayloadSource {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    func read(into slice: IOSlice) async throws(S3Error) -> Int {
        do throws(HTTPError) {
            return try await exchange.readBody(into: slice)
        } catch {
            switch error.status {
            case 408: throw S3Error(.requestTimeout)
            default: throw S3Error(.incompleteBody)
            }
        }
    }
}
