import JSON
package import Observability

/// Spans as one request of OTLP has them.
///
/// Wire: `opentelemetry/proto/trace/v1/trace.proto` in the JSON encoding of `docs/specification.md`: ids in hexadecimal,
/// 64-bit numbers as texts, enumerations as numbers.
package enum SpanBatch {
    /// An `ExportTraceServiceRequest`.
    ///
    /// - Parameters:
    ///   - resource: what is said of the process.
    ///   - version: of this program, which makes the spans.
    package static func encoded(_ spans: [SpanRecord], resource: [Attribute], version: String) -> [UInt8] {
        JSONWriter.object(capacity: 512 + spans.count * 1024) { writer in
            writer.list("resourceSpans") { writer in
                writer.object { writer in
                    writer.field("resource") { writer in writer.object { $0.attributes(resource) } }
                    writer.list("scopeSpans") { writer in
                        writer.object { writer in
                            writer.field("scope") { writer in
                                writer.object { writer in
                                    writer.field("name", "rosey-llm")
                                    writer.field("version", version)
                                }
                            }
                            writer.list("spans") { writer in for span in spans { writer.span(span) } }
                        }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func list(_ key: String, _ body: (inout JSONWriter) -> Void) {
        field(key) { $0.array(body) }
    }

    fileprivate mutating func span(_ span: SpanRecord) {
        object { writer in
            writer.field("traceId", span.context.traceID.description)
            writer.field("spanId", span.context.spanID.description)
            if let parent = span.parent { writer.field("parentSpanId", parent.description) }
            if let state = span.context.state { writer.field("traceState", state) }
            writer.field("flags", Self.flags(span))
            writer.field("name", span.name)
            writer.field("kind", span.kind.rawValue)
            writer.field("startTimeUnixNano", String(span.start))
            writer.field("endTimeUnixNano", String(span.end))
            writer.attributes(span.attributes)
            if !span.events.isEmpty { writer.list("events") { for event in span.events { $0.event(event) } } }
            if let failure = span.failure {
                writer.field("status") { writer in
                    writer.object { writer in
                        writer.field("message", failure)
                        writer.field("code", 2)
                    }
                }
            }
        }
    }

    /// Those of the trace; whether it is known where the parent is (it is), and whether that is elsewhere.
    private static func flags(_ span: SpanRecord) -> Int {
        Int(span.context.flags.rawValue) | 0x100 | (span.isParentRemote ? 0x200 : 0)
    }

    private mutating func event(_ event: SpanRecord.Event) {
        object { writer in
            writer.field("timeUnixNano", String(event.time))
            writer.field("name", event.name)
        }
    }

    fileprivate mutating func attributes(_ attributes: [Attribute]) {
        list("attributes") { writer in
            for attribute in attributes {
                writer.object { writer in
                    writer.field("key", attribute.key)
                    writer.field("value") { $0.any(attribute.value) }
                }
            }
        }
    }

    private mutating func any(_ value: Attribute.Value) {
        object { writer in
            switch value {
            case .string(let text): writer.field("stringValue", text)
            case .integer(let number): writer.field("intValue", String(number))
            case .number(let number): writer.field("doubleValue", number)
            case .strings(let texts):
                writer.field("arrayValue") { writer in
                    writer.object { writer in
                        writer.list("values") { for text in texts { $0.any(.string(text)) } }
                    }
                }
            }
        }
    }
}
