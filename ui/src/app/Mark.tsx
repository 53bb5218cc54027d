/** The product's mark: a hull in its dock. */
export const Mark = () => (
  <svg
    width={18}
    height={18}
    viewBox="0 0 18 18"
    fill="none"
    stroke="var(--text)"
    strokeWidth={1.5}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    className="flex-none"
  >
    <path d="M1.5 5v9.5h15V5" />
    <path d="M4.5 7.5h9l-1.4 4h-6.2z" stroke="var(--accent)" />
    <path d="M9 7.2V2.5l3 2.6" stroke="var(--accent)" />
  </svg>
);
