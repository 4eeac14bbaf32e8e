/// The files of the console, which are parts of the program.
enum ConsoleFiles {
    struct File: Sendable {
        var type: String
        var bytes: [UInt8]
    }

    static let prefix = "/console/"

    /// Nothing from other hosts, no script or style within a page, no frame around it.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    static func file(_ path: String) -> File? {
        guard path.hasPrefix(prefix) else { return nil }
        switch path.dropFirst(prefix.count) {
        case "", "index.html": return File(type: "text/html; charset=utf-8", bytes: PackageResources.index_html)
        case "icon.svg": return File(type: "image/svg+xml", bytes: PackageResources.icon_svg)
        case "console.css": return File(type: "text/css; charset=utf-8", bytes: PackageResources.console_css)
        case "console.js": return script(PackageResources.console_js)
        case "signer.js": return script(PackageResources.signer_js)
        case "store.js": return script(PackageResources.store_js)
        case "page.js": return script(PackageResources.page_js)
        case "objects.js": return script(PackageResources.objects_js)
        case "search.js": return script(PackageResources.search_js)
        case "system.js": return script(PackageResources.system_js)
        default: return nil
        }
    }

    private static func script(_ bytes: [UInt8]) -> File { File(type: "text/javascript; charset=utf-8", bytes: bytes) }
}
