"""数据归集共享. Other systems' data: registered sources, ingested, judged, linked to the one record, shared on request."""
