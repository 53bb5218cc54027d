import { Component, type ReactNode } from "react";
import { ErrorState } from "@/components";

type Props = { name: string; children: ReactNode };

/** A page that throws shows its error; the frame and the other pages keep working. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    console.error(`${this.props.name} failed`, error);
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorState
        title={`${this.props.name} stopped working`}
        error={this.state.error}
        safe="Runs, models and endpoints are not touched."
        onRetry={() => this.setState({ error: null })}
      />
    );
  }
}
