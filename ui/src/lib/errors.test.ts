import { expect, test } from "vitest";
import { DrydockError, errorDetails, isCancelled, toDrydockError } from "./errors";

test("errors of the shell keep their kind, sentence and hint", () => {
  const error = toDrydockError(
    { kind: "illegal_move", message: "No.", field: "to", hint: "Legal: Staging" },
    "promote",
  );
  expect(error).toBeInstanceOf(DrydockError);
  expect(error).toMatchObject({ kind: "illegal_move", message: "No.", field: "to", hint: "Legal: Staging" });
  expect(errorDetails(error, "The move was refused")).toContain("command: promote");
});

test("anything else becomes an internal error with a sentence", () => {
  expect(toDrydockError("command x not allowed")).toMatchObject({ kind: "internal", message: "command x not allowed" });
  expect(toDrydockError(new Error("boom")).message).toBe("boom");
  expect(toDrydockError({ odd: 1 }).message).toBe('{"odd":1}');
  expect(isCancelled(toDrydockError({ kind: "cancelled", message: "Stopped." }))).toBe(true);
});
