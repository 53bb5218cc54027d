import { KeyRound, LockKeyhole, LockKeyholeOpen } from "lucide-react";
import { useState } from "react";
import { Button, Field, TextInput } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { api, type VaultStatus } from "@/lib/api";
import { useListChange } from "./queries";

/** Where passwords and keys are kept, in words; asks for the passphrase where a file keeps them. */
export function VaultNote({ vault, onOpened }: { vault: VaultStatus; onOpened?: () => void }) {
  if (vault.state === "ready") {
    const Icon = vault.place === "keychain" ? KeyRound : LockKeyholeOpen;
    return (
      <p className="flex gap-2 text-fg-2" data-testid="vault-note" data-state="ready">
        <Icon size={14} className="mt-px flex-none text-fg-3" aria-hidden />
        {vault.place === "keychain" ? (
          <span>Password and keys are kept in {vault.location}.</span>
        ) : (
          <span>
            Password and keys are kept in the encrypted file{" "}
            <span className="mono selectable break-all text-fg-3">{vault.location}</span>, unlocked until Drydock is
            closed.
          </span>
        )}
      </p>
    );
  }
  return <Unlock vault={vault} onOpened={onOpened} />;
}

function Unlock({ vault, onOpened }: { vault: VaultStatus; onOpened: (() => void) | undefined }) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const unlock = useListChange((text: string) => api.unlockSecrets(text));
  const fresh = vault.state === "new";
  const differs = fresh && again !== "" && again !== passphrase;
  const ready = passphrase !== "" && (!fresh || again === passphrase);
  const submit = () => ready && unlock.mutate(passphrase, { onSuccess: () => onOpened?.() });
  return (
    <form
      data-testid="vault-note"
      data-state={vault.state}
      className="flex flex-col gap-2.5 rounded-card border border-line bg-raised p-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="flex gap-2">
        <LockKeyhole size={14} className="mt-px flex-none text-warn" aria-hidden />
        <span className="text-fg-2">
          {fresh ? (
            <>
              <b className="font-medium text-fg">Choose a passphrase.</b> {sentence(vault.reason)} Password and keys are
              kept in a file that it encrypts.
            </>
          ) : (
            <>
              <b className="font-medium text-fg">The passwords and keys are locked.</b> {sentence(vault.reason)} They
              are in an encrypted file.
            </>
          )}{" "}
          <span className="mono selectable break-all text-fg-3">{vault.location}</span>
        </span>
      </p>
      {unlock.error && <ErrorLine title="Still locked" error={unlock.error} onDismiss={unlock.reset} />}
      <div className="flex items-end gap-2">
        <Field label="Passphrase" className="min-w-0 flex-1">
          {(control) => (
            <TextInput
              {...control}
              type="password"
              size={28}
              value={passphrase}
              onChange={setPassphrase}
              data-testid="vault-passphrase"
            />
          )}
        </Field>
        {fresh && (
          <Field label="Again" className="min-w-0 flex-1" error={differs ? "They differ" : null}>
            {(control) => (
              <TextInput
                {...control}
                type="password"
                size={28}
                value={again}
                onChange={setAgain}
                data-testid="vault-again"
              />
            )}
          </Field>
        )}
        <Button
          type="submit"
          size={28}
          className={differs ? "mb-[21px]" : undefined}
          busy={unlock.isPending}
          disabled={!ready}
          data-testid="vault-unlock"
        >
          {fresh ? "Set passphrase" : "Unlock"}
        </Button>
      </div>
    </form>
  );
}

const sentence = (text: string | null) => (text ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : "");
