/*
 * sdir.h - the direction of a scan
 */
#ifndef BASE_SDIR_H
#define BASE_SDIR_H

typedef enum ScanDirection {
    BackwardScanDirection = -1,
    NoMovementScanDirection = 0,
    ForwardScanDirection = 1
} ScanDirection;

#define ScanDirectionIsBackward(direction) ((direction) == BackwardScanDirection)
#define ScanDirectionIsNoMovement(direction) ((direction) == NoMovementScanDirection)
#define ScanDirectionIsForward(direction) ((direction) == ForwardScanDirection)

#endif
