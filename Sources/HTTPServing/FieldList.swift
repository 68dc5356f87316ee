/// Collects what libmicrohttpd iterates over.
final class FieldList {
    var fields: [(name: String, value: String)] = []
}
