/// The program's version.
public enum RoostVersion {
    public static let current = "0.1.0"
}
