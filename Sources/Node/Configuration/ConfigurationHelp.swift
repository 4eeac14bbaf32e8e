extension Configuration {
    /// Every setting with its flag, variable, key and default, from the same table that reads them.
    public static var help: String {
        var text = """
            usage: roost serve --data DIR… [--config FILE] [settings]

            Every setting is a flag, a variable of the environment and a key of the configuration file (JSON5). A flag
            counts before the environment, the environment before the file, the file before the default.

              --config FILE (ROOST_CONFIG)
                  The configuration file.

            """
        for setting in Setting.all {
            text += "\n  \(setting.flag) \(setting.placeholder) (\(setting.variable), \(setting.name))\n"
            text += "      \(setting.help)"
            if case .choice(let words, _) = setting.kind { text += " One of \(words.joined(separator: ", "))." }
            text += " Default: \(setting.defaultText).\n"
        }
        return text
    }
}
