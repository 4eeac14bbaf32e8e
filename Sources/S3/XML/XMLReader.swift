private import CLibXML2

/// An element of a request's document: name, text and children; attributes play no part in S3.
struct XMLElement: Equatable {
    /// Without its prefix.
    var name: String
    /// All text directly in the element.
    var text = ""
    var children: [XMLElement] = []

    /// Without white space around, which people put there for reading.
    var trimmedText: String {
        let isSpace = { (character: UInt8) in character == 0x20 || (0x09...0x0D).contains(character) }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        var view = text.utf8[...]
        while let first = view.first, isSpace(first) { view.removeFirst() }
        while let last = view.last, isSpace(last) { view.removeLast() }
        return String(Substring(view))
    }

    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// Reads a whole document over libxml2. No network, no external entities; a document type declaration is refused,
    /// so that no entity can be defined.
    /// - Throws: `MalformedXML` if the document is not well-formed, too deep, or has too many elements.
    static func parse(_ document: [UInt8], limits: XMLLimits = XMLLimits()) throws(S3Error) -> XMLElement {
        XMLLibrary.start()
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        // The reader does not copy the bytes: it lives and dies within the pointer's scope.
        return try document.withUnsafeBufferPointer { (bytes) throws(S3Error) in
            let reader = bytes.withMemoryRebound(to: CChar.self) { characters in
                xmlReaderForMemory(characters.baseAddress, Int32(clamping: characters.count), nil, nil, Int32(options))
            }
            guard let reader else { throw S3Error(.malformedXML) }
            defer { xmlFreeTextReader(reader) }
            return try readTree(reader, limits)
        }
    }

    private static func readTree(_ reader: xmlTextReaderPtr, _ limits: XMLLimits) throws(S3Error) -> XMLElement {
        var stack: [XMLElement] = []
        var root: XMLElement?
        var count = 0
        while true {
            let more = xmlTextReaderRead(reader)
            if more == 0 { break }
            guard more == 1 else { throw S3Error(.malformedXML) }
            switch UInt32(bitPattern: xmlTextReaderNodeType(reader)) {
            case XML_READER_TYPE_ELEMENT.rawValue:
                count += 1
                guard count <= limits.maximumElements, stack.count < limits.maximumDepth else {
                    throw S3Error(.malformedXML)
                }
                let element = XMLElement(name: string(xmlTextReaderConstLocalName(reader)))
                if xmlTextReaderIsEmptyElement(reader) == 1 {
                    attach(element, to: &stack, root: &root)
                } else {
                    stack.append(element)
                }
            case XML_READER_TYPE_END_ELEMENT.rawValue:
                guard let element = stack.popLast() else { throw S3Error(.malformedXML) }
                attach(element, to: &stack, root: &root)
            case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue,
                XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue:
                guard !stack.isEmpty else { throw S3Error(.malformedXML) }
                stack[stack.count - 1].text += string(xmlTextReaderConstValue(reader))
            case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue,
                XML_READER_TYPE_ENTITY.rawValue:
                throw S3Error(.malformedXML)
            default:
                break
            }
        }
        guard let root, stack.isEmpty else { throw S3Error(.malformedXML) }
        return root
    }

    private static func attach(_ element: XMLElement, to stack: inout [XMLElement], root: inout XMLElement?) {
        if stack.isEmpty { root = element } else { stack[stack.count - 1].children.append(element) }
    }

    private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
        guard let text else { return "" }
        return String(cString: text)
    }
}

struct XMLLimits {
    var maximumDepth = 16
    /// CompleteMultipartUpload has up to 10,000 parts of three elements and their checksums.
    var maximumElements = 100_000
}

private enum XMLLibrary {
    private static let started: Void = xmlInitParser()

    /// Once for the process, before the first reader.
    static func start() { _ = started }
}
