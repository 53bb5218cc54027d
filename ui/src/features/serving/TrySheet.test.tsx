import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { inferBody, invocationsCurl, pretty, shapeOf } from "./snippets";
import { TrySheet } from "./TrySheet";

it("sends the logged example and shows status, latency and body", async () => {
  renderDesk(<TrySheet endpoint="regime-hmm-fx-staging" onClose={() => {}} />);
  const user = userEvent.setup();
  expect(((await screen.findByTestId("try-body")) as HTMLTextAreaElement).value).toContain('"features"');
  await user.click(screen.getByTestId("try-send"));
  const response = await screen.findByTestId("try-response");
  expect(response.dataset.status).toBe("200");
  expect(response.textContent).toContain("1.87 ms");
  expect(response.textContent).toContain("0.79");
});

it("shows the endpoint's own error for a broken body", async () => {
  renderDesk(<TrySheet endpoint="regime-hmm-fx-staging" onClose={() => {}} />);
  const user = userEvent.setup();
  const body = await screen.findByTestId("try-body");
  await user.clear(body);
  await user.type(body, "nonsense");
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(screen.getByTestId("try-response").dataset.status).toBe("400"));
  expect(screen.getByTestId("try-response").textContent).toContain("not valid JSON");
});

it("writes the same rows for both protocols", () => {
  const body = '{"inputs": {"x": [[1, 2], [3, 4]]}}';
  expect(inferBody(body, [{ name: "x", elementType: "float32" }])).toBe(
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1,2,3,4]}]}',
  );
  expect(inferBody('{"dataframe_split": {}}', [])).toBeNull();
  expect(shapeOf([[1], [1, 2]])).toBeNull();
  expect(invocationsCurl("http://127.0.0.1:1", "it's")).toContain("-d 'it'\\''s'");
  expect(pretty('{"a":[[1,2],[3,4]]}')).toBe('{\n  "a": [\n    [1, 2],\n    [3, 4]\n  ]\n}');
});
