// NATSPlugin
