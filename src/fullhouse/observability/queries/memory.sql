-- name: add_memory_growth
-- Keeps that the memory of a process grows, or is too much, and what grew.
-- Scope: installation. A process serves every organisation.
INSERT INTO memory_growth (
    found_at, process, used, bytes_an_hour, bytes_a_request, grown, is_replaced
)
VALUES (
    :found_at, :process, :used, :bytes_an_hour, :bytes_a_request, :grown, :is_replaced
);

-- name: memory_growths
-- Processes whose memory grew, or was too much, since then, the latest first.
-- Scope: installation. A process serves every organisation.
SELECT found_at, process, used, bytes_an_hour, bytes_a_request, grown, is_replaced
FROM memory_growth
WHERE found_at >= :since
ORDER BY found_at DESC, memory_growth_id DESC
LIMIT :rows_max;

-- name: prune_memory_growths
-- Forgets processes whose memory grew long ago.
-- Scope: installation. A process serves every organisation.
DELETE FROM memory_growth WHERE found_at < :before;
