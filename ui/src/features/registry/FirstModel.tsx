import { useQuery } from "@tanstack/react-query";
import { SnippetCard } from "@/components/SnippetCard";
import { logToMeQuery } from "@/lib/queries";

/** The shortest script that registers a model here, or the next version of the one that is named. */
export function FirstModel({ name }: { name?: string }) {
  const logToMe = useQuery(logToMeQuery());
  if (!logToMe.data) return null;
  const code = [
    "import mlflow",
    "",
    `mlflow.set_tracking_uri("${logToMe.data.trackingUri}")`,
    "with mlflow.start_run():",
    "    mlflow.onnx.log_model(",
    "        onnx_model,",
    '        name="model",',
    "        input_example=x[:8],",
    `        registered_model_name=${JSON.stringify(name ?? "regime-classifier")},`,
    "    )",
  ].join("\n");
  return (
    <SnippetCard
      title={name ? "Register a version from Python" : "Register a model from Python"}
      data-testid="first-model-snippet"
      snippets={[{ id: "python", label: "Python", code, language: "python" }]}
    />
  );
}
