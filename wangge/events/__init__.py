"""网格事件. Grid events: categories and the duty catalogue, intake, dispatch, duplicates, the four platforms."""
