public import Core
public import Directory
public import ErasureCode
public import FragmentStore
public import Metadata
public import S3
import Synchronization

/// What every operation works with. One for the process.
public struct ObjectStoreContext: Sendable {
    public struct Limits: Sendable {
        /// Objects up to this size travel in the metadata entry.
        public var inlineBytes: Int = 16 << 10
        /// The pool's parity may be lost down to this before writes are refused.
        public var minimumParity: Int = 1
        /// Of every part of an upload but the last.
        public var minimumPartBytes = MultipartLimits.minimumPartBytes
        public init() {}
    }

    public var metadata: any MetadataService
    public var search: any SearchService
    public var fragments: any FragmentRouter
    public var placement: any PlacementSource
    public var clock: any Clock
    public var entropy: any Entropy
    public var compute: any Compute
    public var budget: MemoryBudget
    public let copies: CopyGate
    public var coders: ErasureCoders
    public var log: Log
    public var limits: Limits
    /// Of every bucket, as long as there is one user: the canonical user ID and name.
    public var region: String
    /// Signs the cursors of searches.
    public var cursorKey: HMACSHA256Key

    public init(
        metadata: any MetadataService, search: any SearchService, fragments: any FragmentRouter,
        placement: any PlacementSource,
        clock: any Clock, entropy: any Entropy, compute: any Compute, budget: MemoryBudget, log: Log,
        limits: Limits, region: String, cursorKey: HMACSHA256Key
    ) {
        self.metadata = metadata
        self.search = search
        self.cursorKey = cursorKey
        self.fragments = fragments
        self.placement = placement
        self.clock = clock
        self.entropy = entropy
        self.compute = compute
        self.budget = budget
        self.copies = CopyGate(budget)
        self.coders = ErasureCoders()
        self.log = log
        self.limits = limits
        self.region = region
    }
}

/// Finds the fragments of a drive, here or elsewhere, and hears of what is wrong with them.
public protocol FragmentRouter: Sendable {
    /// nil if the drive is not there now.
    func service(for drive: DriveID) -> (any FragmentService)?
    /// A fragment that should be there is missing or damaged: queue its stripe for repair.
    func reportDamage(_ stripe: StripeName, fragment: Int)
    /// A drive did not take a store, or took it too late. Returns once the directory has been told, or has refused.
    func reportFault(of drive: DriveID, _ error: FragmentError) async
}

/// A stripe, with all that repairing it needs.
public struct StripeName: Sendable, Hashable {
    public var reference: BlobReference
    public var stripe: UInt32
    public var owner: FragmentOwner

    public init(reference: BlobReference, stripe: UInt32, owner: FragmentOwner) {
        self.reference = reference
        self.stripe = stripe
        self.owner = owner
    }
}

/// Where new stripes go, and where old ones are.
public protocol PlacementSource: Sendable {
    var view: DirectoryView { get }
    /// The pool that takes new blobs: the widest whose groups have enough drives. Makes a narrower one if it must.
    func poolForWriting() async throws(S3Error) -> DirectoryView.Pool
}

/// Coders by scheme: their tables are computed once.
public final class ErasureCoders: Sendable {
    private let coders = Mutex<[Scheme: ErasureCoder]>([:])

    public init() {}

    public func coder(for scheme: Scheme) -> ErasureCoder {
        coders.withLock { coders in
            if let coder = coders[scheme] { return coder }
            let coder = ErasureCoder(scheme)
            coders[scheme] = coder
            return coder
        }
    }
}

extension BlobReference {
    public var scheme: Scheme { Scheme(dataCount: Int(dataCount), parityCount: Int(parityCount)) }

    public var layout: StripeLayout {
        StripeLayout(scheme: scheme, stripeSizeBytes: Int(stripeSizeBytes), blobSizeBytes: sizeBytes)
    }
}

/// The one table from errors of the layers below to what S3's clients are told.
extension S3Error {
    public init(_ error: MetadataError) {
        switch error {
        case .overloaded: self.init(.slowDown)
        case .belowMinimum:
            self.init(.serviceUnavailable, "Too few replicas of the metadata are present to make a write durable.")
        case .unavailable(let reason):
            self.init(.serviceUnavailable, "The metadata of this key cannot be served now: \(reason).")
        case .unknownOutcome:
            self.init(
                .internalError,
                "The leader of this key changed while it was written; whether the write took effect is unknown. Repeat it."
            )
        case .tooLarge: self.init(.invalidRequest, "The metadata of this object is too large.")
        case .failed(let message): self.init(.internalError, "The metadata could not be read: \(message).")
        }
    }

    public init(_ error: FragmentError) {
        switch error {
        case .full: self.init(.serviceUnavailable, "The drives are full: only deletes are taken.")
        default: self.init(.serviceUnavailable, "Too few drives are present to store this object safely.")
        }
    }
}
