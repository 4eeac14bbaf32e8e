public import Core

/// Why an index cannot answer or go on. Nothing of it is a loss: an index is made again from the rows.
public enum IndexError: Error, Equatable, Sendable {
    case drive(DriveError)
    /// A file is damaged, truncated or missing; says which, and what is wrong.
    case damaged(String)
    /// Written by a newer program, or with another analyzer: to be built anew.
    case otherVersion(UInt16)
    case query(QueryExecutionError)
    /// The time that the search may take has run out.
    case timedOut
    /// The index was closed or replaced meanwhile.
    case closed
}

public enum QueryExecutionError: Error, Equatable, Sendable {
    /// More than `QueryLimits.expandedTerms` terms begin with, or fit, this.
    case tooManyTerms(pattern: [UInt8])
    /// More than 65,536 different values.
    case tooManyFacetValues
    /// Sorting or counting by a field that no bucket of the scope has declared.
    case undeclaredField(MetadataName)
}
