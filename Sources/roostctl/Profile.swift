import Core
import SystemIO

/// An entry of `~/.config/roost/profiles.json5`.
struct Profile {
    var endpoint: String?
    var accessKey: String?
    var secretKey: String?
    var certificateAuthorityPath: String?

    private static let folder = ".config/roost"
    private static let file = "profiles.json5"

    /// nil if none was named and there is no file, or no entry "default" in it.
    static func load(named name: String?, home: String?) async throws(ControlError) -> Profile? {
        guard let home else {
            guard name == nil else { throw .profile("no profile can be read: HOME is not set") }
            return nil
        }
        let path = "\(home)/\(folder)/\(file)"
        let bytes: [UInt8]
        do throws(DriveError) {
            bytes = try await FolderDrive(path: "\(home)/\(folder)", readerThreads: 1).readFile(file, limit: 1 << 20)
        } catch {
            if error == .notFound, name == nil { return nil }
            throw .profile("\(path) cannot be read: \(error)")
        }
        let profiles: JSONValue
        do throws(JSONError) {
            profiles = try JSONParser.parse(bytes, .json5)
        } catch {
            throw .profile("\(path), \(error)")
        }
        guard let entry = profiles[name ?? "default"] else {
            guard let name else { return nil }
            throw .profile("\(path) has no profile \"\(name)\"")
        }
        var profile = Profile()
        for member in entry.object?.members ?? [] {
            switch member.name {
            case "endpoint": profile.endpoint = member.value.string
            case "accessKey": profile.accessKey = member.value.string
            case "secretKey": profile.secretKey = member.value.string
            case "caFile": profile.certificateAuthorityPath = member.value.string
            default:
                let place = member.position.map { ", \($0)" } ?? ""
                throw .profile("\(path)\(place): a profile has no \"\(member.name)\"")
            }
        }
        return profile
    }
}
