import type { Environment } from "./environment.js";

const port = (environment: Environment, section: string, usual: number): string => {
  const text = environment[`THREEPID_${section}__LISTEN__PORT`];
  return text !== undefined && /^[1-9]\d*$/.test(text) ? text : String(usual);
};

/**
 * What `threepid serve` runs without a configuration file: everything on this machine, nothing leaves it. The names
 * follow the ports, so that changing a port by its variable is enough.
 */
export const developmentConfiguration = (environment: Environment): string => {
  const identity = port(environment, "IDENTITY", 8090);
  const homeserver = port(environment, "HOMESERVER", 8008);
  return `\
identity:
  server_name: localhost:${identity}
  public_base_url: http://127.0.0.1:${identity}
  v1: { bind_any_mxid: true }
  homeservers: [{ name: "localhost:${homeserver}", base_url: "http://127.0.0.1:${homeserver}" }]
homeserver:
  server_name: localhost:${homeserver}
  public_base_url: http://127.0.0.1:${homeserver}
  threepid:
    # By its name, and by what clients make of its address: of others only https at public addresses is asked. What was
    # bound by the address is not unbound by signature, which counts for the name alone.
    trusted_id_servers:
      - { name: "localhost:${identity}", base_url: "http://127.0.0.1:${identity}" }
      - { name: "127.0.0.1:${identity}", base_url: "http://127.0.0.1:${identity}" }
    # Clients under development want to see the documented errors.
    conceal_accounts: false
network:
  # The two servers of this machine may reach each other.
  allow_private: ["127.0.0.0/8", "::1/128"]
limits:
  # Under development every client has the same address, and tries the same things again and again.
  send_ip: unlimited
  send_address: 100/h
  invite_sender: unlimited
  submit_address: 600/h
  password_ip: unlimited
  register_ip: unlimited
  bind_ip: unlimited
  bind_mxid: unlimited
  request_ip: unlimited
log:
  level: warn
development:
  check_answers: true
`;
};

/** Stands for the file's name in errors. */
export const developmentName = "built-in development settings";
