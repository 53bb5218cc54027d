// What the "Connect team workspace" form holds while it is typed into, and what becomes of it on the wire.
import type { DatabaseAddress, StagePolicy, TeamInput, TlsMode, WorkspaceCard } from "@/lib/api";

export type ConnectForm = {
  name: string;
  host: string;
  port: string;
  database: string;
  user: string;
  password: string;
  tls: TlsMode;
  databaseCa: string;
  replica: string;
  endpoint: string;
  bucket: string;
  region: string;
  prefix: string;
  accessKey: string;
  secretKey: string;
  storageCa: string;
  stagePolicy: StagePolicy;
};

export const EMPTY_FORM: ConnectForm = {
  name: "",
  host: "",
  port: "5432",
  database: "",
  user: "",
  password: "",
  tls: "verify-full",
  databaseCa: "",
  replica: "",
  endpoint: "",
  bucket: "",
  region: "us-east-1",
  prefix: "",
  accessKey: "",
  secretKey: "",
  storageCa: "",
  stagePolicy: "lifecycle",
};

/** The form of a workspace whose connection is changed; its secrets are never shown. */
export function formOf(card: WorkspaceCard): ConnectForm {
  if (!card.team) return { ...EMPTY_FORM, name: card.name };
  const { database, storage } = card.team;
  return {
    ...EMPTY_FORM,
    name: card.name,
    host: database.host,
    port: String(database.port),
    database: database.database,
    user: database.user,
    tls: database.tls,
    databaseCa: database.caFile ?? "",
    replica: database.replica ?? "",
    endpoint: storage.endpoint,
    bucket: storage.bucket,
    region: storage.region,
    prefix: storage.prefix,
    storageCa: storage.caFile ?? "",
    stagePolicy: card.team.stagePolicy,
  };
}

/** A pasted address fills what it names, and leaves the rest. */
export function withAddress(form: ConnectForm, address: DatabaseAddress): ConnectForm {
  return {
    ...form,
    host: address.host,
    port: String(address.port),
    database: address.database || form.database,
    user: address.user || form.user,
    password: address.password ?? form.password,
    tls: address.tls,
    databaseCa: address.caFile ?? form.databaseCa,
    name: form.name || address.database,
  };
}

export const isAddress = (text: string) => /^\s*postgres(ql)?:\/\//.test(text);

export type FormErrors = Partial<Record<keyof ConnectForm, string>>;

/** What is missing before anything is sent. */
export function missing(form: ConnectForm): FormErrors {
  const errors: FormErrors = {};
  const needed: [keyof ConnectForm, string][] = [
    ["name", "Give it a name"],
    ["host", "The database's host"],
    ["database", "The database's name"],
    ["user", "The database's user"],
    ["endpoint", "The S3 server's address"],
    ["bucket", "The bucket for artifacts"],
  ];
  for (const [field, word] of needed) if (!form[field].trim()) errors[field] = `${word} is missing`;
  if (errors.name) errors.name = "Give it a name";
  const port = Number(form.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) errors.port = "1 to 65535";
  if (form.endpoint.trim() && !/^https?:\/\/[^/]/.test(form.endpoint.trim()))
    errors.endpoint = "Begins with https:// or http://";
  return errors;
}

const orNull = (text: string) => text.trim() || null;

export function toInput(form: ConnectForm, id: string | null): TeamInput {
  return {
    id,
    name: form.name.trim(),
    place: {
      database: {
        host: form.host.trim(),
        port: Number(form.port),
        database: form.database.trim(),
        user: form.user.trim(),
        tls: form.tls,
        caFile: orNull(form.databaseCa),
        replica: orNull(form.replica),
      },
      storage: {
        endpoint: form.endpoint.trim(),
        bucket: form.bucket.trim(),
        region: form.region.trim(),
        prefix: form.prefix.trim(),
        caFile: orNull(form.storageCa),
      },
      stagePolicy: form.stagePolicy,
    },
    secrets: { databasePassword: form.password, accessKey: form.accessKey, secretKey: form.secretKey },
  };
}
