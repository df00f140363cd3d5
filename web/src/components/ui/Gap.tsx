/** The height of the rows of a windowed table that are not drawn; see useWindowedRows. */
export function Gap({ columns, px }: { columns: number; px: number }) {
  if (px <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height: px, padding: 0, border: 0 }} />
    </tr>
  );
}
