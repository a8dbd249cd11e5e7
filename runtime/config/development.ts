/** What `threepid serve` runs without a configuration file: everything on this machine, nothing leaves it. */
export const developmentConfiguration = `\
identity:
  server_name: localhost:8090
  public_base_url: http://localhost:8090
homeserver:
  server_name: localhost
  public_base_url: http://localhost:8008
  threepid:
    trusted_id_servers: [{ name: "localhost:8090", base_url: "http://localhost:8090" }]
    conceal_accounts: false
network:
  # The two servers of this machine may reach each other.
  allow_private: ["127.0.0.0/8", "::1/128"]
log:
  level: warn
development:
  check_answers: true
`;

/** Stands for the file's name in errors. */
export const developmentName = "built-in development settings";
