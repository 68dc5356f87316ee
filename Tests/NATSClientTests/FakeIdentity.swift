/// Keys and signed claims made for these tests from seeds that say so ("test user seed, obviously a fake").
enum FakeIdentity {
    /// The user's public key.
    static let user = "UAKZON2DZZX63EHFSSSMVXM2GHSMLJVGFGFISCQGJMCGR2XGTYUGBXNO"
    /// The user's seed.
    static let seed = "SUAHIZLTOQQHK43FOIQHGZLFMQWCA33COZUW65LTNR4SAYJAMZQWWZP45E"
    /// The account's public key.
    static let account = "ACSDLOYEQDNLPASDPBGVY5RGLEDT6RNEAP2U7RFJA4B4DOPUNNHEFZLD"

    static let operatorJWT = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJwNlJXRER2OGZ0SFR3RWxvMlAydDhzUVJfTUsxdXVZO\
        UdBXzdxUlR3N2tZIiwiaWF0IjoxNjAwMDAwMDAwLCJpc3MiOiJPRFRIUVBNN1RNQ0k2Qk9GVzI2UldNTVFERVYyWllRSEpHNDdVV\
        05QWEZIS00yVzNISFFGWjVBUSIsIm5hbWUiOiJ0ZXN0Iiwic3ViIjoiT0RUSFFQTTdUTUNJNkJPRlcyNlJXTU1RREVWMlpZUUhKR\
        zQ3VVdOUFhGSEtNMlczSEhRRlo1QVEiLCJuYXRzIjp7InR5cGUiOiJvcGVyYXRvciIsInZlcnNpb24iOjJ9fQ.0VViFWMpFRAYT5\
        cZGVvBYXwbFyGe6rxMfzqpWVzwzTYZgIgukTOioiw7FpPw-0wW1am5VoSqTSZ6z45kwfb3AQ
        """

    static let accountJWT = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJEczhWeUgwT0ZJRC1BYjFPM1dkSkE2bXFpRXcyLUtiN\
        VEyVThrT1BQQU9NIiwiaWF0IjoxNjAwMDAwMDAwLCJpc3MiOiJPRFRIUVBNN1RNQ0k2Qk9GVzI2UldNTVFERVYyWllRSEpHNDdVV\
        05QWEZIS00yVzNISFFGWjVBUSIsIm5hbWUiOiJ0ZXN0Iiwic3ViIjoiQUNTRExPWUVRRE5MUEFTRFBCR1ZZNVJHTEVEVDZSTkVBU\
        DJVN1JGSkE0QjRET1BVTk5IRUZaTEQiLCJuYXRzIjp7ImxpbWl0cyI6eyJzdWJzIjotMSwiZGF0YSI6LTEsInBheWxvYWQiOi0xL\
        CJpbXBvcnRzIjotMSwiZXhwb3J0cyI6LTEsIndpbGRjYXJkcyI6dHJ1ZSwiY29ubiI6LTEsImxlYWYiOi0xfSwiZGVmYXVsdF9wZ\
        XJtaXNzaW9ucyI6eyJwdWIiOnt9LCJzdWIiOnt9fSwidHlwZSI6ImFjY291bnQiLCJ2ZXJzaW9uIjoyfX0.bgTcqom0azjopYgqR\
        FtJX_G2HZH8eokNrPccUkJd7q9ss9mGO_JHCrSpoq0UUQr_mBobUenciGb-asWItfnVDw
        """

    /// As `nsc` writes it.
    static let credentials = """
        -----BEGIN NATS USER JWT-----
        \(userJWT)
        ------END NATS USER JWT------

        -----BEGIN USER NKEY SEED-----
        \(seed)
        ------END USER NKEY SEED------
        """

    private static let userJWT = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJIVWd4dUdjbHpwVUhhTFZNMmJKNEhsYWNrN25pUUYwS\
        XY3bkRReWhZYlM0IiwiaWF0IjoxNjAwMDAwMDAwLCJpc3MiOiJBQ1NETE9ZRVFETkxQQVNEUEJHVlk1UkdMRURUNlJORUFQMlU3U\
        kZKQTRCNERPUFVOTkhFRlpMRCIsIm5hbWUiOiJ0ZXN0Iiwic3ViIjoiVUFLWk9OMkRaWlg2M0VIRlNTU01WWE0yR0hTTUxKVkdGR\
        0ZJU0NRR0pNQ0dSMlhHVFlVR0JYTk8iLCJuYXRzIjp7InB1YiI6e30sInN1YiI6e30sInN1YnMiOi0xLCJkYXRhIjotMSwicGF5b\
        G9hZCI6LTEsInR5cGUiOiJ1c2VyIiwidmVyc2lvbiI6Mn19.geZrvfEccScPkwCyv7QcHG225Ulz-gXdgQ0qicTtzqrAdbfNFNpO\
        HGGx7R2fwtdUsvL-BlrwNtypByuIL5b9CA
        """
}
