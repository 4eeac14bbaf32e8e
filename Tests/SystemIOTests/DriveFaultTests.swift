import Core
import Glibc
import SystemIO
import Testing

@Suite struct DriveFaultTests {
    private static func open(_ drive: FolderDrive, _ lane: DriveLane) async throws -> any DriveFile {
        try await drive.open("\(lane)", OpenOptions(writable: true, creation: .ifMissing, lane: lane))
    }

    @Test func aFailingDriveFailsEveryOperationUntilItIsMended() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, faults: faults)
            let file = try await Self.open(drive, .volume)
            let slice = IOSlice(copying: [1, 2, 3])
            try await file.write([slice], at: 0)
            faults.set(.fail(errno: EIO))
            await #expect(throws: DriveError.inputOutput(EIO)) { try await file.write([slice], at: 0) }
            await #expect(throws: DriveError.inputOutput(EIO)) { try await file.sync() }
            await #expect(throws: DriveError.inputOutput(EIO)) { try await file.read(count: 3, at: 0) }
            await #expect(throws: DriveError.inputOutput(EIO)) { try await drive.list("") }
            #expect(file.readCached(into: slice, at: 0) == nil)
            faults.set(.fail(errno: ENOSPC), for: .writes)
            await #expect(throws: DriveError.noSpace) { try await file.extend(to: 10) }
            #expect(try await file.read(count: 3, at: 0) == [1, 2, 3])
            faults.set(.none)
            try await file.write([slice], at: 3)
            #expect(try await file.size() == 6)
        }
    }

    @Test func aHangingSyncDoesNotHoldUpOtherLanesOrReaders() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, faults: faults)
            let journal = try await Self.open(drive, .journal)
            let volume = try await Self.open(drive, .volume)
            #expect(drive.oldestOutstanding(testClock.now) == nil)
            faults.set(.hang, for: .syncs)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await journal.sync() }
                try await eventually { drive.oldestOutstanding(testClock.now).map { $0 > .milliseconds(20) } == true }
                try await volume.write([IOSlice(copying: [1, 2])], at: 0)
                #expect(try await volume.read(count: 2, at: 0) == [1, 2])
                faults.set(.none)
                try await group.waitForAll()
            }
            #expect(drive.oldestOutstanding(testClock.now) == nil)
        }
    }

    /// What waits, and what hangs in the kernel, is answered as soon as the drive is given up.
    @Test func closingAnswersThoseWhoseCallHangs() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, readerThreads: 2, faults: faults)
            let file = try await Self.open(drive, .journal)
            faults.set(.hang)
            let began = testClock.now
            await withTaskGroup(of: DriveError?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do throws(DriveError) {
                            if number % 2 == 0 {
                                try await file.write([IOSlice(copying: [1])], at: 0)
                            } else {
                                _ = try await file.read(count: 1, at: 0)
                            }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                try? await eventually { drive.oldestOutstanding(testClock.now) != nil }
                drive.close()
                for await error in group { #expect(error == .closed) }
            }
            #expect(testClock.now.since(began) < .seconds(5))
            await #expect(throws: DriveError.closed) { try await file.sync() }
            await #expect(throws: DriveError.closed) { _ = try await drive.open("x", OpenOptions()) }
            faults.set(.none)
        }
    }

    @Test func aSlowDriveIsSlow() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, faults: faults)
            let file = try await Self.open(drive, .volume)
            faults.set(.delay(.milliseconds(50)), for: .writes)
            let began = testClock.now
            try await file.write([IOSlice(copying: [1])], at: 0)
            #expect(testClock.now.since(began) >= .milliseconds(50))
        }
    }

    /// As when someone deletes the folder under a running store: not "no such file", but a drive that fails.
    @Test func aRemovedFolderIsAFailingDrive() async throws {
        try await withFolder { path in
            mkdir(path + "/drive", 0o755)
            let drive = try FolderDrive(path: path + "/drive")
            rmdir(path + "/drive")
            do throws(DriveError) {
                _ = try await drive.open("x", OpenOptions(writable: true, creation: .ifMissing))
                Issue.record("there is no folder")
            } catch {
                #expect(error == .inputOutput(ENOENT) && error.isDriveFault)
            }
        }
    }

    /// Writes of one lane keep their order although nobody waits in between.
    @Test func writesOfALaneKeepTheirOrder() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, faults: faults)
            let file = try await Self.open(drive, .journal)
            faults.set(.hang, for: .writes)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...10 {
                    // One at a time into the queue: the first hangs on the thread, the others wait behind it.
                    group.addTask { try await file.write([IOSlice(copying: [UInt8(number)])], at: 0) }
                    try await eventually { drive.queuedCalls == number }
                }
                faults.set(.none)
                try await group.waitForAll()
            }
            #expect(try await file.read(count: 1, at: 0) == [10])
        }
    }

    // MARK: Impatience

    /// One read hangs, as on a bad sector: it is given up, while others go on, and those who insist go on waiting.
    @Test func anImpatientReadThatHangsIsGivenUp() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, readerThreads: 2, faults: faults)
            let file = try await Self.open(drive, .volume)
            try await file.write([IOSlice(copying: [1, 2, 3])], at: 0)
            faults.set(.hang, for: .reads)
            try await withThrowingTaskGroup(of: DriveError?.self) { group in
                group.addTask { await Self.read(file.impatient) }
                try await eventually { drive.queuedCalls == 1 }
                drive.giveUpLateCalls(testClock.now)
                #expect(drive.queuedCalls == 1, "not late yet")
                drive.giveUpLateCalls(testClock.now + .milliseconds(400))
                #expect(try await group.next() == .late)
                #expect(drive.oldestOutstanding(testClock.now) != nil, "the call itself is still under way")
                group.addTask { await Self.read(file) }
                try await eventually { drive.queuedCalls == 2 }
                drive.giveUpLateCalls(testClock.now + .milliseconds(400))
                faults.set(.none)
                #expect(try await group.next() == .some(nil), "who is patient gets the bytes")
            }
        }
    }

    /// Every thread hangs: impatient reads are not even begun, until one returns.
    @Test func aStuckDriveTurnsImpatientReadsAwayUntilItAnswers() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, readerThreads: 1, faults: faults)
            let file = try await Self.open(drive, .volume)
            try await file.write([IOSlice(copying: [1, 2, 3])], at: 0)
            faults.set(.hang, for: .reads)
            try await withThrowingTaskGroup(of: DriveError?.self) { group in
                for _ in 0..<3 { group.addTask { await Self.read(file.impatient) } }
                try await eventually { drive.queuedCalls == 3 }
                drive.giveUpLateCalls(testClock.now + .milliseconds(400))
                for _ in 0..<3 { #expect(try await group.next() == .late) }
                #expect(await Self.read(file.impatient) == .late)
                faults.set(.none)
                try await eventually { drive.queuedCalls == 0 }
                #expect(await Self.read(file.impatient) == nil)
            }
        }
    }

    /// Waiting in line behind others is no fault of the drive.
    @Test func aReadThatOnlyWaitsItsTurnIsNotGivenUp() async throws {
        try await withFolder { path in
            let faults = DriveFaults()
            let drive = try FolderDrive(path: path, readerThreads: 1, faults: faults)
            let file = try await Self.open(drive, .volume)
            try await file.write([IOSlice(copying: [1, 2, 3])], at: 0)
            faults.set(.delay(.milliseconds(20)), for: .reads)
            await withTaskGroup(of: DriveError?.self) { group in
                for _ in 0..<20 { group.addTask { await Self.read(file.impatient) } }
                group.addTask {
                    while drive.queuedCalls > 0 {
                        drive.giveUpLateCalls(testClock.now)
                        _ = await testClock.sleep(for: .milliseconds(5))
                    }
                    return nil
                }
                for await error in group { #expect(error == nil) }
            }
        }
    }

    private static func read(_ file: any DriveFile) async -> DriveError? {
        do throws(DriveError) {
            #expect(try await file.read(count: 3, at: 0) == [1, 2, 3])
            return nil
        } catch {
            return error
        }
    }
}
