internal import Core
internal import Glibc

extension DriveError {
    /// What an errno says about a drive.
    init(errno code: Int32) {
        self =
            switch code {
            case ENOENT, ENOTDIR: .notFound
            case EEXIST: .exists
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM: .permissionDenied
            // ENXIO, ENODEV: the device is gone. EUCLEAN: the filesystem found damage. EROFS: it stopped writing after
            // damage. ESTALE: the server of a network filesystem lost it.
            case EIO, ENXIO, ENODEV, EUCLEAN, EROFS, ESTALE, EREMOTEIO, EBADMSG: .inputOutput(code)
            default: .system(code)
            }
    }
}

/// The last system call's error. For use right after a call that failed.
func driveFailure<Value>() -> Result<Value, DriveError> { .failure(DriveError(errno: errno)) }

/// Calls again while interrupted by a signal.
func retryingInterrupts<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
