import { Download } from "lucide-react";
import { IconButton } from "@/components/IconButton";
import { toast } from "@/components/Toast";
import { api, isCancelled, type Way } from "@/lib/api";
import { newTaskId } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

/** Asks where to, then writes the weight as NumPy reads it. */
export function SaveWeight({ source, way, tensor }: { source: InspectSource; way: Way; tensor: string }) {
  const save = async () => {
    try {
      const path = await api.saveWeight(source, way, tensor, newTaskId("save-weight"));
      if (path) toast.ok({ title: "Weight saved", detail: path });
    } catch (error) {
      if (!isCancelled(error)) toast.error("The weight could not be saved", error);
    }
  };
  return <IconButton icon={Download} label="Save as .npy" size={20} iconSize={12} onClick={() => void save()} />;
}
