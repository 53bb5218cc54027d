import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { RuntimeDialog } from "./RuntimeDialog";

it("refuses a wrong folder, checks a pack, takes it and gives it back", async () => {
  renderDesk(<RuntimeDialog onClose={() => {}} />);
  const user = userEvent.setup();
  const field = await screen.findByTestId("pack-folder");
  await user.type(field, "/home/quant/pictures");
  await user.click(screen.getByTestId("pack-check"));
  expect((await screen.findByTestId("pack-refused")).textContent).toContain("holds no ONNX Runtime");
  expect(screen.queryByTestId("pack-use")).toBeNull();
  await user.clear(field);
  await user.type(field, "/opt/onnxruntime-gpu/capi");
  await user.click(screen.getByTestId("pack-check"));
  await screen.findByTestId("pack-findings");
  const [cuda, cpu] = screen.getAllByTestId("pack-provider");
  expect(cuda?.textContent).toContain("libcudnn.so.9");
  expect(cpu?.dataset.works).toBe("true");
  await user.click(screen.getByTestId("pack-use"));
  expect((await screen.findByTestId("pack-none")).textContent).toContain("came along");
  expect(screen.getByTestId("runtime-loaded").textContent).toContain("after a restart");
  await user.click(screen.getByTestId("pack-none"));
  expect(await screen.findByText(/None: the library that came along is used/)).toBeTruthy();
});
