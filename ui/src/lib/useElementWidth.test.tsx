import { render } from "@testing-library/react";
import { useRef } from "react";
import { expect, test } from "vitest";
import { useElementWidth } from "./useElementWidth";

function Framed({ shown, wide }: { shown: boolean; wide: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const measured = (element: HTMLDivElement | null) => {
    if (element) Object.defineProperty(element, "clientWidth", { configurable: true, value: wide });
    frame.current = element;
  };
  return shown ? <div ref={measured}>{width}</div> : <p>empty</p>;
}

test("an element that went and came back is measured again", () => {
  const { container, rerender } = render(<Framed shown={false} wide={530} />);
  rerender(<Framed shown wide={530} />);
  expect(container.textContent).toBe("530");
  rerender(<Framed shown={false} wide={700} />);
  rerender(<Framed shown wide={700} />);
  expect(container.textContent).toBe("700");
});
