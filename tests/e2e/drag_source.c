// A small window from which one file can be dragged, as a file manager would offer it. WebDriver cannot synthesise a
// native drop, so the end-to-end test moves a real pointer from this window onto Drydock's.
// Usage: drag_source FILE X Y; prints "ready" when it can be grabbed and "dropped" when the drop was taken.
#include <gtk/gtk.h>
#include <stdio.h>

static char *uri;

static void on_get(GtkWidget *w, GdkDragContext *c, GtkSelectionData *data, guint info, guint time, gpointer p) {
  char *uris[] = {uri, NULL};
  gtk_selection_data_set_uris(data, uris);
}

static void on_end(GtkWidget *w, GdkDragContext *c, gpointer p) {
  puts("dropped");
  fflush(stdout);
}

static gboolean on_failed(GtkWidget *w, GdkDragContext *c, GtkDragResult result, gpointer p) {
  printf("failed %d\n", (int)result);
  fflush(stdout);
  return TRUE;
}

static gboolean on_drawn(gpointer p) {
  puts("ready");
  fflush(stdout);
  return G_SOURCE_REMOVE;
}

int main(int argc, char **argv) {
  gtk_init(&argc, &argv);
  if (argc < 4) return 2;
  uri = g_filename_to_uri(argv[1], NULL, NULL);
  GtkTargetEntry target = {"text/uri-list", 0, 0};
  GtkWidget *window = gtk_window_new(GTK_WINDOW_POPUP);
  gtk_window_set_default_size(GTK_WINDOW(window), 80, 80);
  GtkWidget *box = gtk_event_box_new();
  gtk_container_add(GTK_CONTAINER(box), gtk_label_new("drag"));
  gtk_container_add(GTK_CONTAINER(window), box);
  gtk_drag_source_set(box, GDK_BUTTON1_MASK, &target, 1, GDK_ACTION_COPY);
  g_signal_connect(box, "drag-data-get", G_CALLBACK(on_get), NULL);
  g_signal_connect(box, "drag-end", G_CALLBACK(on_end), NULL);
  g_signal_connect(box, "drag-failed", G_CALLBACK(on_failed), NULL);
  gtk_window_move(GTK_WINDOW(window), atoi(argv[2]), atoi(argv[3]));
  gtk_widget_show_all(window);
  g_timeout_add(300, on_drawn, NULL);
  gtk_main();
  return 0;
}
