import { FolderOpen } from "lucide-react";
import { useState } from "react";
import { Field, IconButton, Select, TextInput, toast } from "@/components";
import { api, type StagePolicy } from "@/lib/api";
import { type ConnectForm, type FormErrors, isAddress, withAddress } from "./connectForm";

type Props = {
  form: ConnectForm;
  errors: FormErrors;
  /** An existing connection: empty secrets stay as they are kept. */
  editing: boolean;
  locked: boolean;
  onChange: (form: ConnectForm) => void;
};

const TLS_OPTIONS = [
  { value: "verify-full", label: "Verify the server", detail: "verify-full" },
  { value: "require", label: "Encrypt only", detail: "require" },
  { value: "disable", label: "No TLS", detail: "disable" },
] as const;

const POLICY_OPTIONS = [
  { value: "lifecycle", label: "The lifecycle's seven moves", detail: "lifecycle" },
  { value: "open", label: "Any move, as plain MLflow", detail: "open" },
] as const;

const POLICY_HINT: Record<StagePolicy, string> = {
  lifecycle: "Any other move is refused by this app. Usual for servers started without --stage-policy.",
  open: "Moves outside the lifecycle are asked about, with a reason. For servers with --stage-policy open.",
};

/** The form's left side: the database above, the storage below. */
export function ConnectFields({ form, errors, editing, locked, onChange }: Props) {
  const [pasted, setPasted] = useState<string | null>(null);
  // A whole address in the host's field is what people paste.
  const fill = (address: string) =>
    api.readDatabaseAddress(address).then(
      (read) => {
        setPasted(`Filled from the address of ${read.host}.`);
        onChange(withAddress(form, read));
      },
      (error) => toast.error("The address could not be read", error),
    );
  const text = (field: keyof ConnectForm, label: string, more: Partial<TextProps> = {}) => (
    <Text
      key={field}
      label={label}
      field={field}
      value={form[field]}
      error={errors[field]}
      disabled={locked}
      onChange={(value) => onChange({ ...form, [field]: value })}
      onAddress={field === "host" ? fill : undefined}
      {...more}
    />
  );
  const kept = editing ? "kept as it is" : undefined;
  return (
    <form
      className="flex w-[392px] flex-none flex-col gap-2.5 overflow-y-auto border-line border-r p-4"
      onSubmit={(event) => event.preventDefault()}
    >
      {text("name", "Name in your list", { placeholder: "FX desk" })}
      <Legend title="Database" note="PostgreSQL 15 or newer" />
      <div className="flex gap-2">
        {text("host", "Host, or paste postgres://…", { className: "min-w-0 flex-1", mono: true, hint: pasted })}
        {text("port", "Port", { className: "w-[72px]", mono: true })}
      </div>
      <div className="flex gap-2">
        {text("database", "Database", { className: "min-w-0 flex-1", mono: true })}
        {text("user", "User", { className: "min-w-0 flex-1", mono: true })}
      </div>
      <div className="flex gap-2">
        {text("password", "Password", { className: "min-w-0 flex-1", secret: true, placeholder: kept })}
        <Field label="Encryption" className="min-w-0 flex-1">
          {({ id }) => (
            <Select
              id={id}
              options={TLS_OPTIONS}
              value={form.tls}
              disabled={locked}
              data-testid="connect-tls"
              onChange={(tls) => onChange({ ...form, tls })}
            />
          )}
        </Field>
      </div>
      <div className="flex gap-2">
        <CaFile field="databaseCa" form={form} locked={locked} onChange={onChange} />
        {text("replica", "Read replica", { className: "w-[136px]", mono: true, placeholder: "none" })}
      </div>
      <Legend title="Storage" note="MinIO or any S3" />
      {text("endpoint", "Endpoint", { mono: true, placeholder: "https://minio.fx.example:9000" })}
      <div className="flex gap-2">
        {text("bucket", "Bucket", { className: "min-w-0 flex-1", mono: true })}
        {text("prefix", "Folder in it", { className: "w-24", mono: true, placeholder: "none" })}
        {text("region", "Region", { className: "w-[104px]", mono: true })}
      </div>
      <div className="flex gap-2">
        {text("accessKey", "Access key", { className: "min-w-0 flex-1", mono: true, placeholder: kept })}
        {text("secretKey", "Secret key", { className: "min-w-0 flex-1", secret: true, placeholder: kept })}
      </div>
      <CaFile field="storageCa" form={form} locked={locked} onChange={onChange} />
      <Legend title="Stages" note="as the team's servers have it" />
      <Field label="A version may make" hint={POLICY_HINT[form.stagePolicy]}>
        {({ id }) => (
          <Select
            id={id}
            options={POLICY_OPTIONS}
            value={form.stagePolicy}
            disabled={locked}
            data-testid="connect-stagePolicy"
            onChange={(stagePolicy) => onChange({ ...form, stagePolicy })}
          />
        )}
      </Field>
    </form>
  );
}

function Legend({ title, note }: { title: string; note: string }) {
  return (
    <h3 className="mt-1 flex items-baseline gap-2 border-line-2 border-t pt-2.5 font-semibold">
      {title}
      <span className="font-normal text-fg-3 text-label">{note}</span>
    </h3>
  );
}

type TextProps = {
  label: string;
  field: keyof ConnectForm;
  value: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (value: string) => void;
  onAddress?: ((address: string) => void) | undefined;
  className?: string | undefined;
  hint?: string | null;
  placeholder?: string | undefined;
  mono?: boolean;
  secret?: boolean;
};

function Text({ label, field, error, className, hint, onAddress, secret = false, ...rest }: TextProps) {
  return (
    <Field label={label} error={error ?? null} hint={hint} className={className}>
      {(control) => (
        <TextInput
          {...control}
          {...rest}
          onPaste={(event) => {
            const text = event.clipboardData.getData("text");
            if (!onAddress || !isAddress(text)) return;
            event.preventDefault();
            onAddress(text);
          }}
          onBlur={() => onAddress && isAddress(rest.value) && onAddress(rest.value)}
          size={28}
          type={secret ? "password" : "text"}
          data-testid={`connect-${field}`}
        />
      )}
    </Field>
  );
}

type CaProps = {
  field: "databaseCa" | "storageCa";
  form: ConnectForm;
  locked: boolean;
  onChange: (form: ConnectForm) => void;
};

function CaFile({ field, form, locked, onChange }: CaProps) {
  const choose = async () => {
    const file = await api.pickCertificateFile().catch((error) => {
      toast.error("The file dialog did not open", error);
      return null;
    });
    if (file) onChange({ ...form, [field]: file });
  };
  return (
    <Field label="CA file" className="min-w-0 flex-1">
      {(control) => (
        <TextInput
          {...control}
          size={28}
          mono
          value={form[field]}
          disabled={locked}
          placeholder="trusted by this system"
          data-testid={`connect-${field}`}
          onChange={(value) => onChange({ ...form, [field]: value })}
          trailing={
            <IconButton
              icon={FolderOpen}
              label="Choose a CA file"
              size={20}
              iconSize={12}
              disabled={locked}
              className="-mr-1"
              onClick={() => void choose()}
            />
          }
        />
      )}
    </Field>
  );
}
